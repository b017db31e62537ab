#include "pattern.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum Op { kChar, kAny, kSet, kLineStart, kLineEnd, kWordStart, kWordEnd, kJump, kSplit, kMatch };

struct Instruction {
  enum Op op;
  int x, y;  // kChar: the character; kSet: its index; kJump: target; kSplit: both targets
};

typedef struct {
  uint64_t bits[4];
} Set;

enum {
  kMaxProgram = 20000,  // instructions: "((a{100}){100})" is refused instead of filling memory
  kMaxRepeat = 255,
  kMaxDepth = 100,  // nested groups
};

struct Pattern {
  struct Instruction* code;
  int length, capacity;
  Set* sets;
  int set_count;
  bool ignore_case;
  // For the search: the states at one position, without repetition.
  int *current, *next, *stack;
  unsigned* seen;
  unsigned generation;
};

struct Parser {
  struct Pattern* p;
  const char* at;
  bool extended;
  int depth;
  const char* error;
};

static void set_add(Set* s, unsigned char c) { s->bits[c / 64] |= 1UL << (c % 64); }
static bool set_has(const Set* s, unsigned char c) { return (s->bits[c / 64] >> (c % 64)) & 1; }

static bool fail(struct Parser* parser, const char* error) {
  if (parser->error == NULL) parser->error = error;
  return false;
}

static int emit(struct Parser* parser, enum Op op, int x, int y) {
  struct Pattern* p = parser->p;
  if (p->length == p->capacity) {
    const int capacity = p->capacity == 0 ? 64 : 2 * p->capacity;
    struct Instruction* grown =
        capacity <= 2 * kMaxProgram ? reallocarray(p->code, (size_t)capacity, sizeof(*grown)) : NULL;
    if (grown == NULL) {
      fail(parser, "too large");
      return p->length - 1;
    }
    p->code = grown;
    p->capacity = capacity;
  }
  p->code[p->length] = (struct Instruction){op, x, y};
  return p->length++;
}

// Moves the instructions from `at` on up by one, to make room for a jump before them.
static void insert(struct Parser* parser, int at, struct Instruction what) {
  emit(parser, kMatch, 0, 0);
  struct Pattern* p = parser->p;
  if (parser->error != NULL) return;
  for (int i = p->length - 1; i > at; i--) {
    p->code[i] = p->code[i - 1];
    if (p->code[i].op != kJump && p->code[i].op != kSplit) continue;
    if (p->code[i].x >= at) p->code[i].x++;
    if (p->code[i].op == kSplit && p->code[i].y >= at) p->code[i].y++;
  }
  p->code[at] = what;
}

static const struct {
  const char* name;
  int (*contains)(int);
} kClasses[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
                {"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
                {"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};

static bool add_class(Set* set, const char* name, size_t n) {
  for (size_t i = 0; i < sizeof(kClasses) / sizeof(kClasses[0]); i++) {
    if (strlen(kClasses[i].name) != n || strncmp(kClasses[i].name, name, n) != 0) continue;
    for (int c = 0; c < 256; c++) {
      if (kClasses[i].contains(c)) set_add(set, (unsigned char)c);
    }
    return true;
  }
  return false;
}

static bool emit_set(struct Parser* parser, Set set, bool negated) {
  struct Pattern* p = parser->p;
  if (p->ignore_case) {
    for (int c = 'a'; c <= 'z'; c++) {
      if (set_has(&set, (unsigned char)c)) set_add(&set, (unsigned char)toupper(c));
      if (set_has(&set, (unsigned char)toupper(c))) set_add(&set, (unsigned char)c);
    }
  }
  for (int i = 0; negated && i < 4; i++) set.bits[i] = ~set.bits[i];
  Set* grown = reallocarray(p->sets, (size_t)p->set_count + 1, sizeof(Set));
  if (grown == NULL) return fail(parser, "out of memory");
  p->sets = grown;
  p->sets[p->set_count] = set;
  emit(parser, kSet, p->set_count++, 0);
  return true;
}

// Behind '['.
static bool parse_set(struct Parser* parser) {
  Set set = {{0}};
  const char* s = parser->at;
  const bool negated = *s == '^';
  if (negated) s++;
  for (bool first = true; *s != ']' || first; first = false) {
    if (*s == '\0') return fail(parser, "unmatched [");
    if (s[0] == '[' && s[1] == ':') {
      const char* end = strstr(s + 2, ":]");
      if (end == NULL || !add_class(&set, s + 2, (size_t)(end - s - 2))) return fail(parser, "unknown character class");
      s = end + 2;
      continue;
    }
    const unsigned low = (unsigned char)*s++;
    unsigned high = low;
    if (*s == '-' && s[1] != ']' && s[1] != '\0') {
      high = (unsigned char)s[1];
      s += 2;
    }
    if (high < low) return fail(parser, "range out of order");
    for (unsigned c = low; c <= high; c++) set_add(&set, (unsigned char)c);
  }
  parser->at = s + 1;
  return emit_set(parser, set, negated);
}

// Whether the operator `c` stands here; *length is that of its text. In the basic form ( ) { } | + ? need a backslash.
static bool operator_at(const struct Parser* parser, char c, int* length) {
  *length = parser->extended ? 1 : 2;
  if (parser->extended) return *parser->at == c;
  return parser->at[0] == '\\' && parser->at[1] == c;
}

static bool at_operator(const struct Parser* parser, char c) {
  int length;
  return operator_at(parser, c, &length);
}

static bool accept_operator(struct Parser* parser, char c) {
  int length;
  if (!operator_at(parser, c, &length)) return false;
  parser->at += length;
  return true;
}

static bool parse_alternatives(struct Parser* parser);

static bool parse_escape(struct Parser* parser) {
  const char c = parser->at[1];
  if (c == '\0') return fail(parser, "trailing backslash");
  parser->at += 2;
  Set set = {{0}};
  switch (c) {
    case '<':
      emit(parser, kWordStart, 0, 0);
      return true;
    case '>':
      emit(parser, kWordEnd, 0, 0);
      return true;
    case 'w':
    case 'W':
      add_class(&set, "alnum", 5);
      set_add(&set, '_');
      return emit_set(parser, set, c == 'W');
    case 's':
    case 'S':
      add_class(&set, "space", 5);
      return emit_set(parser, set, c == 'S');
    default:
      if (c >= '1' && c <= '9') return fail(parser, "back references are not supported");
      emit(parser, kChar, (unsigned char)c, 0);
      return true;
  }
}

static bool parse_atom(struct Parser* parser, bool first) {
  if (accept_operator(parser, '(')) {
    if (++parser->depth > kMaxDepth) return fail(parser, "too many groups");
    if (!parse_alternatives(parser)) return false;
    parser->depth--;
    return accept_operator(parser, ')') || fail(parser, "unmatched (");
  }
  const char c = *parser->at;
  switch (c) {
    case '.':
      parser->at++;
      emit(parser, kAny, 0, 0);
      return true;
    case '[':
      parser->at++;
      return parse_set(parser);
    case '^':
      if (!parser->extended && !first) break;
      parser->at++;
      emit(parser, kLineStart, 0, 0);
      return true;
    case '$':
      if (!parser->extended && parser->at[1] != '\0' && strncmp(parser->at + 1, "\\)", 2) != 0 &&
          strncmp(parser->at + 1, "\\|", 2) != 0) {
        break;
      }
      parser->at++;
      emit(parser, kLineEnd, 0, 0);
      return true;
    case '\\':
      return parse_escape(parser);
    case '*':
      if (!first) return fail(parser, "nothing to repeat");
      break;
    default:
      if (parser->extended && (c == '+' || c == '?')) return fail(parser, "nothing to repeat");
  }
  parser->at++;
  if (parser->p->ignore_case && isalpha((unsigned char)c)) {
    Set set = {{0}};
    set_add(&set, (unsigned char)c);
    return emit_set(parser, set, false);
  }
  emit(parser, kChar, (unsigned char)c, 0);
  return true;
}

// The instructions from `start` to the end, once more.
static void repeat_copy(struct Parser* parser, int start, int end) {
  const int shift = parser->p->length - start;
  for (int i = start; i < end && parser->error == NULL; i++) {
    struct Instruction in = parser->p->code[i];
    if (in.op == kJump || in.op == kSplit) in.x += shift;
    if (in.op == kSplit) in.y += shift;
    emit(parser, in.op, in.x, in.y);
  }
}

static void make_star(struct Parser* parser, int start) {
  insert(parser, start, (struct Instruction){kSplit, start + 1, 0});
  emit(parser, kJump, start, 0);
  parser->p->code[start].y = parser->p->length;
}

static void make_optional(struct Parser* parser, int start) {
  insert(parser, start, (struct Instruction){kSplit, start + 1, 0});
  parser->p->code[start].y = parser->p->length;
}

// {m}, {m,} or {m,n}, behind the brace; the atom's code begins at `start`.
static bool parse_bounds(struct Parser* parser, int start) {
  char* end;
  long least = strtol(parser->at, &end, 10), most = least;
  if (end == parser->at) least = 0;
  if (*end == ',') {
    const char* digits = end + 1;
    most = strtol(digits, &end, 10);
    if (end == digits) most = -1;
  }
  parser->at = end;
  if (!accept_operator(parser, '}')) return fail(parser, "unmatched {");
  if (least < 0 || least > kMaxRepeat || most > kMaxRepeat || (most >= 0 && most < least))
    return fail(parser, "wrong bounds");
  struct Pattern* p = parser->p;
  const int length = p->length - start;
  // One copy is there: it serves as the first of `least`, or as what is optional.
  if (least == 0) {
    if (most == 0) {
      p->length = start;
    } else if (most < 0) {
      make_star(parser, start);
    } else {
      make_optional(parser, start);
      const int whole = p->length;
      for (long i = 1; i < most; i++) repeat_copy(parser, start, whole);
    }
    return parser->error == NULL;
  }
  for (long i = 1; i < least; i++) repeat_copy(parser, start, start + length);
  if (most < 0) {
    const int last = p->length;
    repeat_copy(parser, start, start + length);
    if (parser->error == NULL) make_star(parser, last);
  }
  for (long i = least; i < most && parser->error == NULL; i++) {
    const int last = p->length;
    repeat_copy(parser, start, start + length);
    if (parser->error == NULL) make_optional(parser, last);
  }
  return parser->error == NULL;
}

static bool parse_sequence(struct Parser* parser) {
  bool first = true;
  while (*parser->at != '\0' && !at_operator(parser, '|') && !(parser->depth > 0 && at_operator(parser, ')'))) {
    const int start = parser->p->length;
    const bool anchor = *parser->at == '^' && (parser->extended || first);
    if (!parse_atom(parser, first)) return false;
    first = anchor;  // a star behind an anchor is an ordinary character in the basic form
    for (;;) {
      if (*parser->at == '*' && !(anchor && !parser->extended)) {
        parser->at++;
        make_star(parser, start);
      } else if (accept_operator(parser, '+')) {
        emit(parser, kSplit, start, parser->p->length + 1);
      } else if (accept_operator(parser, '?')) {
        make_optional(parser, start);
      } else if (accept_operator(parser, '{')) {
        if (!parse_bounds(parser, start)) return false;
      } else {
        break;
      }
      if (parser->error != NULL) return false;
    }
  }
  return parser->error == NULL;
}

static bool parse_alternatives(struct Parser* parser) {
  const int start = parser->p->length;
  if (!parse_sequence(parser)) return false;
  while (accept_operator(parser, '|')) {
    insert(parser, start, (struct Instruction){kSplit, start + 1, 0});
    const int jump = emit(parser, kJump, 0, 0);
    if (parser->error != NULL) return false;
    parser->p->code[start].y = parser->p->length;
    // The second alternative may itself be followed by more: it is parsed as a whole.
    if (!parse_alternatives(parser)) return false;
    parser->p->code[jump].x = parser->p->length;
  }
  return parser->error == NULL;
}

struct Pattern* pattern_compile(const char* text, bool extended, bool ignore_case, const char** error) {
  struct Pattern* p = calloc(1, sizeof(*p));
  struct Parser parser = {p, text, extended, 0, NULL};
  if (p == NULL) {
    *error = "out of memory";
    return NULL;
  }
  p->ignore_case = ignore_case;
  if (parse_alternatives(&parser) && *parser.at != '\0') fail(&parser, "unmatched )");
  emit(&parser, kMatch, 0, 0);
  const size_t n = (size_t)p->length;
  p->current = calloc(n, sizeof(int));
  p->next = calloc(n, sizeof(int));
  p->stack = calloc(2 * n, sizeof(int));
  p->seen = calloc(n, sizeof(unsigned));
  if (parser.error == NULL && (p->current == NULL || p->next == NULL || p->stack == NULL || p->seen == NULL)) {
    parser.error = "out of memory";
  }
  if (parser.error == NULL) return p;
  *error = parser.error;
  pattern_free(p);
  return NULL;
}

void pattern_free(struct Pattern* p) {
  free(p->code);
  free(p->sets);
  free(p->current);
  free(p->next);
  free(p->stack);
  free(p->seen);
  free(p);
}

static bool is_word(const char* text, size_t length, size_t i) {
  return i < length && (isalnum((unsigned char)text[i]) || text[i] == '_');
}

// Adds the state and all that can be reached from it without a character. Returns the new count.
static int add_state(struct Pattern* p, int* list, int count, int state, const char* text, size_t length, size_t at) {
  int top = 0;
  p->stack[top++] = state;
  while (top > 0) {
    const int s = p->stack[--top];
    if (p->seen[s] == p->generation) continue;
    p->seen[s] = p->generation;
    const struct Instruction* in = &p->code[s];
    bool passes = true;
    switch (in->op) {
      case kJump:
        p->stack[top++] = in->x;
        continue;
      case kSplit:
        p->stack[top++] = in->y;
        p->stack[top++] = in->x;
        continue;
      case kLineStart:
        passes = at == 0;
        break;
      case kLineEnd:
        passes = at == length;
        break;
      case kWordStart:
        passes = is_word(text, length, at) && (at == 0 || !is_word(text, length, at - 1));
        break;
      case kWordEnd:
        passes = at > 0 && is_word(text, length, at - 1) && !is_word(text, length, at);
        break;
      default:
        list[count++] = s;
        continue;
    }
    if (passes) p->stack[top++] = s + 1;
  }
  return count;
}

// The end of the longest match that begins at `start`; -1 when there is none.
static long match_at(struct Pattern* p, const char* text, size_t length, size_t start) {
  long end = -1;
  p->generation++;
  int count = add_state(p, p->current, 0, 0, text, length, start);
  for (size_t at = start; count > 0; at++) {
    int next_count = 0;
    p->generation++;
    for (int i = 0; i < count; i++) {
      const int s = p->current[i];
      const struct Instruction* in = &p->code[s];
      if (in->op == kMatch) {
        end = (long)at;
        continue;
      }
      if (at >= length) continue;
      const unsigned char c = (unsigned char)text[at];
      if ((in->op == kChar && in->x == c) || in->op == kAny || (in->op == kSet && set_has(&p->sets[in->x], c))) {
        next_count = add_state(p, p->next, next_count, s + 1, text, length, at + 1);
      }
    }
    int* swap = p->current;
    p->current = p->next;
    p->next = swap;
    count = next_count;
    if (at >= length) break;
  }
  return end;
}

bool pattern_search(struct Pattern* p, const char* text, size_t length, size_t from, size_t* start, size_t* end) {
  for (size_t at = from; at <= length; at++) {
    const long e = match_at(p, text, length, at);
    if (e < 0) continue;
    *start = at;
    *end = (size_t)e;
    return true;
  }
  return false;
}
