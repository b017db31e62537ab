// Builds the tree of one complete command line at a time (recursive descent over POSIX's shell grammar).
#pragma once

#include <string>
#include <string_view>

#include "ast.h"
#include "lexer.h"

namespace sh {

enum class ParseStatus : unsigned char {
  kCommand,     // node() is a command line (null: an empty one)
  kEnd,         // no text left
  kIncomplete,  // the text ends inside a command
  kError,       // message() says what is wrong
};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  // Parses up to the next newline that ends a command line.
  ParseStatus parse_line();
  NodePtr take_node() { return std::move(node_); }
  const std::string& message() const { return message_; }

 private:
  void advance();
  bool failed() const { return failed_; }
  void fail_here();

  bool at_operator(std::string_view op) const { return token_.kind == TokenKind::kOperator && token_.text == op; }
  bool at_reserved(std::string_view word) const { return token_.kind == TokenKind::kWord && token_.text == word; }
  bool at_list_end() const;
  bool accept_operator(std::string_view op);
  bool accept_reserved(std::string_view word);
  void expect_reserved(std::string_view word);
  void skip_newlines();

  NodePtr parse_list(bool stop_at_newline);
  NodePtr parse_and_or();
  NodePtr parse_pipeline();
  NodePtr parse_command();
  NodePtr parse_simple();
  NodePtr parse_if();
  NodePtr parse_loop(NodeKind kind);
  NodePtr parse_for();
  NodePtr parse_case();
  NodePtr parse_function(std::string name);
  bool parse_redirect(Node& node);

  Lexer lexer_;
  Token token_;
  NodePtr node_;
  bool failed_ = false;
  std::string message_;
};

}  // namespace sh
