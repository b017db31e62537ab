// Expansion of words: tilde, parameters, commands, arithmetic; then field splitting, paths, and removal of quotes.
#include <ctype.h>
#include <fnmatch.h>
#include <glob.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include <utility>

#include "lexer.h"
#include "shell.h"

namespace sh {
namespace {

constexpr size_t kNone = std::string::npos;

// Where a character of a field came from; decides what may still happen to it.
enum Origin : char {
  kLiteral = 'l',  // written in the word: may be a wildcard
  kQuoted = 'q',   // quoted: only itself
  kResult = 'r',   // unquoted result of an expansion: may split, may be a wildcard
};

struct Field {
  std::string text;
  std::string origin;   // an Origin for each character of text
  bool quoted = false;  // had quotes: kept even when it is empty
};

void append(Field& field, std::string_view text, Origin origin) {
  field.text += text;
  field.origin.append(text.size(), origin);
}

class Expander {
 public:
  // one_field: "$@" and "$*" give a single string joined by blanks (assignments, redirects, here-documents).
  explicit Expander(bool one_field) : one_field_(one_field) { fields_.emplace_back(); }

  void expand(std::string_view word, bool in_quotes);
  std::vector<Field>& fields() { return fields_; }

 private:
  Field& field() { return fields_.back(); }
  void put(std::string_view text, bool quoted) { append(field(), text, quoted ? kQuoted : kResult); }
  size_t expand_dollar(std::string_view word, size_t at, bool quoted);
  void expand_braces(std::string_view body, bool quoted);
  void expand_alternative(std::string_view word, bool quoted);
  void put_parameter(std::string_view name, bool quoted);
  void put_positional(bool separate, bool quoted);
  void put_tilde(std::string_view user);

  std::vector<Field> fields_;
  bool one_field_;
  int in_braces_ = 0;  // depth of ${x-word} whose word is being expanded
};

bool is_special(char c) { return strchr("@*#?$!-0123456789", c) != nullptr && c != '\0'; }

// The value of a parameter other than @ and *; false when it is unset.
bool parameter_value(std::string_view name, std::string* value) {
  if (isdigit(static_cast<unsigned char>(name[0])) != 0) {
    const long n = strtol(std::string(name).c_str(), nullptr, 10);
    if (n == 0) {
      *value = shell.name;
      return true;
    }
    if (n > static_cast<long>(shell.positional.size())) return false;
    *value = shell.positional[static_cast<size_t>(n - 1)];
    return true;
  }
  switch (name[0]) {
    case '#':
      *value = std::to_string(shell.positional.size());
      return true;
    case '?':
      *value = std::to_string(shell.status);
      return true;
    case '$':
      *value = std::to_string(shell.pid);
      return true;
    case '!':
      if (shell.last_background == 0) return false;
      *value = std::to_string(shell.last_background);
      return true;
    case '-':
      value->clear();
      if (shell.errexit) value->push_back('e');
      if (shell.noglob) value->push_back('f');
      if (shell.interactive) value->push_back('i');
      if (shell.nounset) value->push_back('u');
      if (shell.xtrace) value->push_back('x');
      return true;
    default: {
      const std::string* found = find_variable(name);
      if (found != nullptr) *value = *found;
      return found != nullptr;
    }
  }
}

// Removes the part of `value` that the pattern matches at its begin or end; the longest or the shortest.
std::string trim(const std::string& value, const std::string& pattern, bool suffix, bool longest) {
  const size_t n = value.size();
  for (size_t i = 0; i <= n; i++) {
    const size_t length = longest ? n - i : i;
    const std::string part = suffix ? value.substr(n - length) : value.substr(0, length);
    if (fnmatch(pattern.c_str(), part.c_str(), 0) == 0) {
      return suffix ? value.substr(0, n - length) : value.substr(length);
    }
  }
  return value;
}

void Expander::put_positional(bool separate, bool quoted) {
  for (size_t i = 0; i < shell.positional.size(); i++) {
    if (i > 0) {
      if (separate && !one_field_) {
        fields_.emplace_back();
        if (quoted) field().quoted = true;
      } else {
        put(" ", quoted);
      }
    }
    put(shell.positional[i], quoted);
  }
}

void Expander::put_parameter(std::string_view name, bool quoted) {
  if (name == "@" || name == "*") return put_positional(name == "@" || !quoted, quoted);
  std::string value;
  if (!parameter_value(name, &value) && shell.nounset && !shell.expansion_failed) {
    complain("%.*s: parameter not set", static_cast<int>(name.size()), name.data());
    shell.expansion_failed = true;
  }
  put(value, quoted);
}

// The word of ${x-word}: what is not quoted in it splits like a result.
void Expander::expand_alternative(std::string_view word, bool quoted) {
  const size_t first = fields_.size() - 1;
  const size_t length = field().origin.size();
  in_braces_++;
  expand(word, quoted);
  in_braces_--;
  for (size_t i = first; i < fields_.size(); i++) {
    std::string& origin = fields_[i].origin;
    for (size_t k = i == first ? length : 0; k < origin.size(); k++) {
      if (origin[k] == kLiteral) origin[k] = kResult;
    }
  }
}

// ${…}: `body` is what stands between the braces.
void Expander::expand_braces(std::string_view body, bool quoted) {
  bool length = false;
  if (body.size() > 1 && body[0] == '#') {
    length = true;
    body.remove_prefix(1);
  }
  size_t end = 0;
  if (!body.empty() && isdigit(static_cast<unsigned char>(body[0])) != 0) {
    while (end < body.size() && isdigit(static_cast<unsigned char>(body[end])) != 0) end++;
  } else if (!body.empty() && is_special(body[0])) {
    end = 1;
  } else {
    while (end < body.size() && (isalnum(static_cast<unsigned char>(body[end])) != 0 || body[end] == '_')) end++;
  }
  const std::string_view name = body.substr(0, end);
  std::string_view rest = body.substr(end);
  if (name.empty() || (length && !rest.empty())) {
    complain("${%.*s}: bad substitution", static_cast<int>(body.size()), body.data());
    shell.expansion_failed = true;
    return;
  }
  const bool all = name == "@" || name == "*";
  std::string value;
  bool set = all ? !shell.positional.empty() : parameter_value(name, &value);
  if (length) return put(std::to_string(all ? shell.positional.size() : value.size()), quoted);
  if (rest.empty()) return put_parameter(name, quoted);

  if (rest[0] == '#' || rest[0] == '%') {
    const bool longest = rest.size() > 1 && rest[1] == rest[0];
    const std::string pattern = expand_pattern(std::string(rest.substr(longest ? 2 : 1)));
    return put(trim(value, pattern, rest[0] == '%', longest), quoted);
  }
  const bool colon = rest[0] == ':';
  if (colon) {
    rest.remove_prefix(1);
    set = set && (all || !value.empty());
  }
  const char op = rest.empty() ? '\0' : rest[0];
  const std::string_view word = rest.substr(rest.empty() ? 0 : 1);
  switch (op) {
    case '-':
      return set ? put_parameter(name, quoted) : expand_alternative(word, quoted);
    case '+':
      if (set) expand_alternative(word, quoted);
      return;
    case '=':
      if (!set) {
        value = expand_single(std::string(word));
        set_variable(name, value);
      }
      return put(value, quoted);
    case '?':
      if (set) return put_parameter(name, quoted);
      complain("%.*s: %s", static_cast<int>(name.size()), name.data(),
               word.empty() ? "parameter not set" : expand_single(std::string(word)).c_str());
      shell.expansion_failed = true;
      return;
    default:
      complain("${%.*s}: bad substitution", static_cast<int>(body.size()), body.data());
      shell.expansion_failed = true;
  }
}

// word[at] is '$' or '`'. Returns the position behind the expansion.
size_t Expander::expand_dollar(std::string_view word, size_t at, bool quoted) {
  if (word[at] == '`') {
    const size_t end = skip_construct(word, at);
    if (end == kNone) return word.size();
    std::string command;
    for (size_t i = at + 1; i + 1 < end; i++) {
      if (word[i] == '\\' && i + 2 < end && strchr("\\`$", word[i + 1]) != nullptr) i++;
      command.push_back(word[i]);
    }
    put(command_output(command), quoted);
    return end;
  }
  const char next = at + 1 < word.size() ? word[at + 1] : '\0';
  if (next == '(' || next == '{') {
    const size_t end = skip_construct(word, at);
    if (end == kNone) return word.size();
    const std::string_view body = word.substr(at + 2, end - at - 3);
    if (next == '{') {
      expand_braces(body, quoted);
    } else if (body.starts_with('(') && body.ends_with(')')) {
      long v;
      if (!evaluate_arithmetic(expand_document(std::string(body.substr(1, body.size() - 2))), &v)) {
        shell.expansion_failed = true;
      }
      put(std::to_string(v), quoted);
    } else {
      put(command_output(std::string(body)), quoted);
    }
    return end;
  }
  size_t end = at + 1;
  if (is_special(next)) {
    end++;
  } else {
    while (end < word.size() && (isalnum(static_cast<unsigned char>(word[end])) != 0 || word[end] == '_')) end++;
  }
  if (end == at + 1) {
    append(field(), "$", kQuoted);
    return end;
  }
  put_parameter(word.substr(at + 1, end - at - 1), quoted);
  return end;
}

void Expander::put_tilde(std::string_view user) {
  if (user.empty()) {
    const std::string* home = find_variable("HOME");
    return append(field(), home != nullptr ? *home : "~", kQuoted);
  }
  const passwd* p = getpwnam(std::string(user).c_str());
  append(field(), p != nullptr ? p->pw_dir : "~" + std::string(user), kQuoted);
}

// in_quotes: as between double quotes (here-documents and arithmetic too).
void Expander::expand(std::string_view word, bool in_quotes) {
  size_t at = 0;
  if (!in_quotes && word.starts_with('~')) {
    size_t end = 1;
    while (end < word.size() && (isalnum(static_cast<unsigned char>(word[end])) != 0)) end++;
    if (end == word.size() || word[end] == '/' || word[end] == ':') {
      put_tilde(word.substr(1, end - 1));
      at = end;
    }
  }
  while (at < word.size()) {
    const char c = word[at];
    if (c == '$' || c == '`') {
      at = expand_dollar(word, at, in_quotes);
    } else if (c == '\\') {
      const char next = at + 1 < word.size() ? word[at + 1] : '\0';
      if (next == '\n') {
        at += 2;
      } else if (in_quotes && strchr("$`\"\\", next) == nullptr) {
        append(field(), "\\", kQuoted);
        at++;
      } else {
        append(field(), word.substr(at + 1, 1), kQuoted);
        at += 2;
      }
    } else if (in_quotes && in_braces_ > 0 && c == '"') {
      at++;  // "${x-"…"}": quoted all the same
    } else if (!in_quotes && c == '\'') {
      const size_t end = word.find('\'', at + 1);
      field().quoted = true;
      append(field(), word.substr(at + 1, end - at - 1), kQuoted);
      at = end + 1;
    } else if (!in_quotes && c == '"') {
      const size_t end = skip_construct(word, at);
      const std::string_view body = word.substr(at + 1, end - at - 2);
      // "$@" without parameters is no field at all, unlike "".
      if (body != "$@" || !shell.positional.empty()) field().quoted = true;
      expand(body, true);
      at = end;
    } else {
      append(field(), word.substr(at, 1), in_quotes ? kQuoted : kLiteral);
      at++;
    }
  }
}

// Splits at the characters of IFS that came from expansions.
void split(const Field& field, std::vector<Field>& out) {
  const std::string* set = find_variable("IFS");
  const std::string ifs = set != nullptr ? *set : " \t\n";
  const auto separates = [&](size_t i) { return field.origin[i] == kResult && ifs.find(field.text[i]) != kNone; };
  const auto is_space = [&](size_t i) { return strchr(" \t\n", field.text[i]) != nullptr; };
  Field current;
  bool any = field.quoted;  // the field under construction exists even if it is empty
  for (size_t i = 0; i < field.text.size(); i++) {
    if (!separates(i)) {
      append(current, std::string_view(field.text).substr(i, 1), static_cast<Origin>(field.origin[i]));
      any = true;
      continue;
    }
    // A run of blanks with at most one other separator in it ends one field.
    bool hard = !is_space(i);
    size_t end = i + 1;
    while (end < field.text.size() && separates(end) && (is_space(end) || !hard)) hard |= !is_space(end++);
    if (any || hard) out.push_back(std::exchange(current, {}));
    any = false;
    i = end - 1;
  }
  if (any) out.push_back(std::move(current));
}

bool has_wildcard(const Field& field) {
  for (size_t i = 0; i < field.text.size(); i++) {
    if (field.origin[i] != kQuoted && strchr("*?[", field.text[i]) != nullptr) return true;
  }
  return false;
}

// The field as a pattern in which quoted characters stand for themselves.
std::string as_pattern(const Field& field) {
  std::string pattern;
  for (size_t i = 0; i < field.text.size(); i++) {
    if (field.origin[i] == kQuoted && strchr("*?[]\\!-^", field.text[i]) != nullptr) pattern.push_back('\\');
    pattern.push_back(field.text[i]);
  }
  return pattern;
}

void finish(const Field& field, std::vector<std::string>& out) {
  if (shell.noglob || !has_wildcard(field)) {
    out.push_back(field.text);
    return;
  }
  glob_t found;
  if (glob(as_pattern(field).c_str(), 0, nullptr, &found) != 0) {
    out.push_back(field.text);  // no match: the word itself
    globfree(&found);
    return;
  }
  for (size_t i = 0; i < found.gl_pathc; i++) out.emplace_back(found.gl_pathv[i]);
  globfree(&found);
}

}  // namespace

void expand_word(const std::string& word, std::vector<std::string>& out) {
  Expander expander(false);
  expander.expand(word, false);
  std::vector<Field> fields;
  for (const Field& field : expander.fields()) split(field, fields);
  for (const Field& field : fields) finish(field, out);
}

std::string expand_single(const std::string& word) {
  Expander expander(true);
  expander.expand(word, false);
  return std::move(expander.fields()[0].text);
}

std::string expand_pattern(const std::string& word) {
  Expander expander(true);
  expander.expand(word, false);
  return as_pattern(expander.fields()[0]);
}

std::string expand_document(const std::string& text) {
  Expander expander(true);
  expander.expand(text, true);
  return std::move(expander.fields()[0].text);
}

std::string quote_for_display(const std::string& word) {
  if (!word.empty() && word.find_first_of(" \t\n'\"\\$`|&;<>()*?[]#~{}!") == kNone) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "'";
}

}  // namespace sh
