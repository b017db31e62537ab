// getopt and getopt_long. Arguments that are no options are moved behind the options (GNU's order) unless the option
// string begins with '+'.
#include <getopt.h>
#include <stdio.h>
#include <string.h>

extern "C" {
char* optarg;
int optind = 1, opterr = 1, optopt;
}

namespace {

int next_in_cluster;  // where in "-abc" the next option letter stands; 0: at the next argument

bool is_option(const char* arg) { return arg[0] == '-' && arg[1] != '\0'; }

// Moves argv[from] to argv[to] (to < from); what stood between moves up by one.
void move_down(char** argv, int from, int to) {
  char* moved = argv[from];
  for (int i = from; i > to; i--) argv[i] = argv[i - 1];
  argv[to] = moved;
}

struct Parser {
  int argc;
  char** argv;
  const char* options;  // without leading '+' or ':'
  bool colon;           // a missing argument returns ':'
  const option* long_options;
  int* index;
  bool long_only;

  bool reports() const { return opterr != 0 && !colon; }

  int missing_argument(const char* name) const {
    if (reports()) fprintf(stderr, "%s: option requires an argument -- '%s'\n", argv[0], name);
    return colon ? ':' : '?';
  }

  int unknown(const char* name) const {
    if (reports()) fprintf(stderr, "%s: unrecognized option '%s'\n", argv[0], name);
    return '?';
  }

  // The option that `name` of n characters stands for: the exact one, or the only one it begins. -1: none, -2: several.
  int find_long(const char* name, size_t n) const {
    int found = -1;
    for (int i = 0; long_options[i].name != nullptr; i++) {
      if (strncmp(long_options[i].name, name, n) != 0) continue;
      if (strlen(long_options[i].name) == n) return i;
      found = found == -1 ? i : -2;
    }
    return found;
  }

  // argv[optind] is a long option whose name begins at `name`.
  int parse_long(const char* name) {
    const char* arg = argv[optind++];
    const auto n = static_cast<size_t>(strchrnul(name, '=') - name);
    const int i = find_long(name, n);
    optopt = 0;
    if (i < 0) return unknown(arg);
    const option& o = long_options[i];
    if (name[n] == '=') {
      if (o.has_arg == no_argument) {
        optopt = o.val;
        if (reports()) fprintf(stderr, "%s: option '--%s' doesn't allow an argument\n", argv[0], o.name);
        return '?';
      }
      optarg = const_cast<char*>(name + n + 1);
    } else if (o.has_arg == required_argument) {
      if (optind >= argc) {
        optopt = o.val;
        return missing_argument(o.name);
      }
      optarg = argv[optind++];
    }
    if (index != nullptr) *index = i;
    if (o.flag == nullptr) return o.val;
    *o.flag = o.val;
    return 0;
  }

  int parse_short() {
    char* arg = argv[optind];
    if (next_in_cluster == 0) next_in_cluster = 1;
    const char c = arg[next_in_cluster++];
    const bool last = arg[next_in_cluster] == '\0';
    const char* found = c == ':' ? nullptr : strchr(options, c);
    char* rest = arg + next_in_cluster;
    if (found == nullptr || found[1] != ':') {
      if (last) {
        optind++;
        next_in_cluster = 0;
      }
      if (found != nullptr) return c;
      optopt = c;
      if (reports()) fprintf(stderr, "%s: invalid option -- '%c'\n", argv[0], c);
      return '?';
    }
    // With an argument: the rest of this word, or (unless it is optional) the next word.
    optind++;
    next_in_cluster = 0;
    if (!last) {
      optarg = rest;
    } else if (found[2] != ':') {
      if (optind >= argc) {
        const char name[] = {c, '\0'};
        optopt = c;
        return missing_argument(name);
      }
      optarg = argv[optind++];
    }
    return c;
  }

  int parse() {
    const char* arg = argv[optind];
    if (next_in_cluster == 0 && long_options != nullptr) {
      if (arg[1] == '-') return parse_long(arg + 2);
      if (long_only && find_long(arg + 1, static_cast<size_t>(strchrnul(arg + 1, '=') - (arg + 1))) >= 0) {
        return parse_long(arg + 1);
      }
    }
    return parse_short();
  }
};

int get(int argc, char* const argv[], const char* options, const option* long_options, int* index, bool long_only) {
  if (optind == 0) {  // the caller starts over
    optind = 1;
    next_in_cluster = 0;
  }
  Parser parser = {argc, const_cast<char**>(argv), options, false, long_options, index, long_only};
  bool permute = true;
  if (*parser.options == '+' || *parser.options == '-') {
    permute = false;
    parser.options++;
  }
  if (*parser.options == ':') {
    parser.colon = true;
    parser.options++;
  }
  optarg = nullptr;
  if (next_in_cluster != 0) return parser.parse();

  int at = optind;
  while (permute && at < argc && !is_option(argv[at])) at++;
  if (at >= argc || !is_option(argv[at])) return -1;
  const int skipped = at - optind;  // words that are no options, to be moved behind this option
  const int first = optind;
  if (strcmp(argv[at], "--") == 0) {
    move_down(parser.argv, at, first);
    optind = first + 1;
    return -1;
  }
  if (skipped == 0) return parser.parse();
  // Parse where the option stands, then bring its one or two words forward. A cluster ("-ab") stays first in line.
  optind = at;
  const int result = parser.parse();
  const int used = optind - at;
  if (used == 0) {
    move_down(parser.argv, at, first);
    optind = first;
    return result;
  }
  for (int i = 0; i < used; i++) move_down(parser.argv, at + i, first + i);
  optind = first + used;
  return result;
}

}  // namespace

extern "C" {
int getopt(int argc, char* const argv[], const char* options) {
  return get(argc, argv, options, nullptr, nullptr, false);
}
int getopt_long(int argc, char* const argv[], const char* options, const option* long_options, int* index) {
  return get(argc, argv, options, long_options, index, false);
}
int getopt_long_only(int argc, char* const argv[], const char* options, const option* long_options, int* index) {
  return get(argc, argv, options, long_options, index, true);
}
}
