#include "lexer.h"

#include <ctype.h>
#include <string.h>

#include <utility>

namespace sh {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool is_operator_char(char c) { return c != '\0' && strchr("|&;<>()", c) != nullptr; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Behind the closing character of a "$(" or "${" that was opened before `at`.
size_t skip_to_close(std::string_view text, size_t at, char open, char close) {
  int depth = 1;
  while (at < text.size()) {
    if (text[at] == open) depth++;
    if (text[at] == close && --depth == 0) return at + 1;
    // A comment could hold an odd quote; it begins behind a blank only.
    if (open == '(' && text[at] == '#' && at > 0 && (isspace(static_cast<unsigned char>(text[at - 1])) != 0)) {
      while (at < text.size() && text[at] != '\n') at++;
      continue;
    }
    at = skip_construct(text, at);
    if (at == kNone) return kNone;
  }
  return kNone;
}

}  // namespace

size_t skip_construct(std::string_view text, size_t at) {
  switch (text[at]) {
    case '\\':
      return at + 1 < text.size() ? at + 2 : kNone;
    case '\'': {
      const size_t end = text.find('\'', at + 1);
      return end == kNone ? kNone : end + 1;
    }
    case '"':
    case '`': {
      const char quote = text[at];
      for (at++; at < text.size() && text[at] != quote;) {
        // Inside double quotes, ' is an ordinary character.
        at = text[at] == '\'' || (quote == '`' && text[at] != '\\') ? at + 1 : skip_construct(text, at);
        if (at == kNone) return kNone;
      }
      return at < text.size() ? at + 1 : kNone;
    }
    case '$':
      if (at + 1 < text.size() && text[at + 1] == '(') return skip_to_close(text, at + 2, '(', ')');
      if (at + 1 < text.size() && text[at + 1] == '{') return skip_to_close(text, at + 2, '{', '}');
      return at + 1;
    default:
      return at + 1;
  }
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    if (is_blank(text_[at_])) {
      at_++;
    } else if (text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') {
      at_ += 2;
    } else if (text_[at_] == '#') {
      while (at_ < text_.size() && text_[at_] != '\n') at_++;
    } else {
      return;
    }
  }
}

void Lexer::expect_document(std::string delimiter, bool strip_tabs, std::string* body) {
  pending_.push_back({std::move(delimiter), strip_tabs, body});
}

// Called behind a newline.
void Lexer::read_documents() {
  for (PendingDocument& document : pending_) {
    bool closed = false;
    while (at_ < text_.size() && !closed) {
      size_t end = text_.find('\n', at_);
      if (end == kNone) end = text_.size();
      std::string_view line = text_.substr(at_, end - at_);
      at_ = end < text_.size() ? end + 1 : end;
      while (document.strip_tabs && line.starts_with('\t')) line.remove_prefix(1);
      closed = line == document.delimiter;
      if (!closed) {
        document.body->append(line);
        document.body->push_back('\n');
      }
    }
    incomplete_ |= !closed;
  }
  pending_.clear();
}

Token Lexer::next() {
  skip_blanks();
  if (at_ >= text_.size()) {
    incomplete_ |= !pending_.empty();
    return {};
  }
  const char c = text_[at_];
  if (c == '\n') {
    at_++;
    read_documents();
    return {TokenKind::kNewline, "\n"};
  }
  if (is_operator_char(c)) {
    for (const char* op : {"<<-", "&&", "||", ";;", "<<", ">>", "<&", ">&", "<>", ">|"}) {
      const size_t n = strlen(op);
      if (text_.substr(at_, n) == op) {
        at_ += n;
        return {TokenKind::kOperator, op};
      }
    }
    at_++;
    return {TokenKind::kOperator, std::string(1, c)};
  }
  const size_t start = at_;
  while (at_ < text_.size() && !is_operator_char(text_[at_]) && !is_blank(text_[at_]) && text_[at_] != '\n') {
    const size_t end = skip_construct(text_, at_);
    if (end == kNone) {
      incomplete_ = true;
      at_ = text_.size();
      return {};
    }
    at_ = end;
  }
  std::string word(text_.substr(start, at_ - start));
  const bool redirect_follows = at_ < text_.size() && (text_[at_] == '<' || text_[at_] == '>');
  if (redirect_follows && word.size() <= 3 && word.find_first_not_of("0123456789") == std::string::npos) {
    return {TokenKind::kIoNumber, std::move(word)};
  }
  return {TokenKind::kWord, std::move(word)};
}

}  // namespace sh
