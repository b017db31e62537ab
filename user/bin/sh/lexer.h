// Splits shell text into words and operators.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ast.h"

namespace sh {

enum class TokenKind : unsigned char { kWord, kOperator, kIoNumber, kNewline, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token next();
  size_t position() const { return at_; }

  // The text ended inside a quote, a substitution or a here-document: more text could complete it.
  bool incomplete() const { return incomplete_; }
  // The next newline is followed by a document up to this delimiter; its text goes to *body. strip_tabs: "<<-".
  void expect_document(std::string delimiter, bool strip_tabs, std::string* body);

 private:
  struct PendingDocument {
    std::string delimiter;
    bool strip_tabs;
    std::string* body;
  };

  void skip_blanks();
  void read_documents();

  std::string_view text_;
  size_t at_ = 0;
  bool incomplete_ = false;
  std::vector<PendingDocument> pending_;
};

// The end of the construct that begins at `at` with a quote, "$(", "${" or "`": the position behind it, npos when the
// text ends first. For a character that begins none: at + 1.
size_t skip_construct(std::string_view text, size_t at);

}  // namespace sh
