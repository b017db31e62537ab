#include "parser.h"

#include <ctype.h>
#include <stdlib.h>

#include <utility>

namespace sh {
namespace {

bool is_name(std::string_view s) {
  if (s.empty() || isdigit(static_cast<unsigned char>(s[0])) != 0) return false;
  for (const char c : s) {
    if (isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  }
  return true;
}

bool is_assignment(std::string_view word) {
  const size_t equals = word.find('=');
  return equals != std::string_view::npos && is_name(word.substr(0, equals));
}

NodePtr make(NodeKind kind) { return std::make_unique<Node>(kind); }

NodePtr make(NodeKind kind, NodePtr first, NodePtr second) {
  NodePtr node = make(kind);
  node->children.push_back(std::move(first));
  node->children.push_back(std::move(second));
  return node;
}

// A here-document's delimiter without its quotes.
std::string unquote(std::string_view word, bool* quoted) {
  std::string text;
  *quoted = false;
  for (size_t i = 0; i < word.size(); i++) {
    if (word[i] == '\\' || word[i] == '\'' || word[i] == '"') {
      *quoted = true;
      if (word[i] == '\\' && i + 1 < word.size()) text.push_back(word[++i]);
      continue;
    }
    text.push_back(word[i]);
  }
  return text;
}

constexpr std::string_view kListEnds[] = {"then", "else", "elif", "fi", "do", "done", "esac", "}"};

}  // namespace

void Parser::advance() { token_ = lexer_.next(); }

void Parser::fail_here() {
  if (failed_) return;
  failed_ = true;
  message_ = token_.kind == TokenKind::kEnd       ? "unexpected end of text"
             : token_.kind == TokenKind::kNewline ? "unexpected newline"
                                                  : "unexpected '" + token_.text + "'";
}

bool Parser::at_list_end() const {
  if (token_.kind == TokenKind::kEnd || at_operator(")") || at_operator(";;")) return true;
  if (token_.kind != TokenKind::kWord) return false;
  for (const std::string_view word : kListEnds) {
    if (token_.text == word) return true;
  }
  return false;
}

bool Parser::accept_operator(std::string_view op) {
  if (!at_operator(op)) return false;
  advance();
  return true;
}

bool Parser::accept_reserved(std::string_view word) {
  if (!at_reserved(word)) return false;
  advance();
  return true;
}

void Parser::expect_reserved(std::string_view word) {
  if (!accept_reserved(word)) fail_here();
}

void Parser::skip_newlines() {
  while (token_.kind == TokenKind::kNewline) advance();
}

ParseStatus Parser::parse_line() {
  node_ = nullptr;
  while (token_.kind == TokenKind::kNewline) advance();
  if (token_.kind == TokenKind::kEnd) return lexer_.incomplete() ? ParseStatus::kIncomplete : ParseStatus::kEnd;
  NodePtr list = parse_list(true);
  // The lexer stands one token behind: documents of this line are read when its newline is.
  if (!failed_ && token_.kind != TokenKind::kNewline && token_.kind != TokenKind::kEnd) fail_here();
  if (lexer_.incomplete() || (failed_ && token_.kind == TokenKind::kEnd)) return ParseStatus::kIncomplete;
  if (failed_) return ParseStatus::kError;
  node_ = std::move(list);
  return ParseStatus::kCommand;
}

NodePtr Parser::parse_list(bool stop_at_newline) {
  NodePtr list = make(NodeKind::kSequence);
  if (!stop_at_newline) skip_newlines();
  while (!failed_ && !at_list_end()) {
    NodePtr item = parse_and_or();
    if (failed_) break;
    bool separated = false;
    if (accept_operator("&")) {
      NodePtr background = make(NodeKind::kBackground);
      background->children.push_back(std::move(item));
      item = std::move(background);
      separated = true;
    } else if (accept_operator(";")) {
      separated = true;
    }
    list->children.push_back(std::move(item));
    if (token_.kind == TokenKind::kNewline) {
      if (stop_at_newline) break;
      skip_newlines();
      separated = true;
    }
    if (!separated) break;
  }
  if (!stop_at_newline && list->children.empty()) fail_here();
  return list;
}

NodePtr Parser::parse_and_or() {
  NodePtr left = parse_pipeline();
  while (!failed_ && (at_operator("&&") || at_operator("||"))) {
    const NodeKind kind = token_.text == "&&" ? NodeKind::kAnd : NodeKind::kOr;
    advance();
    skip_newlines();
    left = make(kind, std::move(left), parse_pipeline());
  }
  return left;
}

NodePtr Parser::parse_pipeline() {
  NodePtr pipeline = make(NodeKind::kPipeline);
  while (accept_reserved("!")) pipeline->negated = !pipeline->negated;
  pipeline->children.push_back(parse_command());
  while (!failed_ && accept_operator("|")) {
    skip_newlines();
    pipeline->children.push_back(parse_command());
  }
  if (pipeline->children.size() == 1 && !pipeline->negated) return std::move(pipeline->children[0]);
  return pipeline;
}

NodePtr Parser::parse_command() {
  NodePtr node;
  if (accept_operator("(")) {
    node = make(NodeKind::kSubshell);
    node->children.push_back(parse_list(false));
    if (!failed_ && !accept_operator(")")) fail_here();
  } else if (accept_reserved("{")) {
    node = make(NodeKind::kGroup);
    node->children.push_back(parse_list(false));
    if (!failed_) expect_reserved("}");
  } else if (accept_reserved("if")) {
    node = parse_if();
  } else if (accept_reserved("while")) {
    node = parse_loop(NodeKind::kWhile);
  } else if (accept_reserved("until")) {
    node = parse_loop(NodeKind::kUntil);
  } else if (accept_reserved("for")) {
    node = parse_for();
  } else if (accept_reserved("case")) {
    node = parse_case();
  } else if (accept_reserved("function")) {
    std::string name = token_.text;
    advance();
    if (accept_operator("(") && !accept_operator(")")) fail_here();
    return parse_function(std::move(name));
  } else {
    return parse_simple();
  }
  while (!failed_ && parse_redirect(*node)) {
  }
  return node;
}

NodePtr Parser::parse_simple() {
  NodePtr node = make(NodeKind::kSimple);
  while (!failed_) {
    if (parse_redirect(*node)) continue;
    if (token_.kind != TokenKind::kWord) break;
    // Reserved words are reserved only where a command begins.
    if (node->words.empty() && node->assignments.empty() && node->redirects.empty() && at_list_end()) break;
    std::string word = std::move(token_.text);
    advance();
    if (node->words.empty() && is_assignment(word)) {
      node->assignments.push_back(std::move(word));
      continue;
    }
    if (node->words.empty() && node->assignments.empty() && node->redirects.empty() && is_name(word) &&
        accept_operator("(")) {
      if (!accept_operator(")")) fail_here();
      return parse_function(std::move(word));
    }
    node->words.push_back(std::move(word));
  }
  if (node->words.empty() && node->assignments.empty() && node->redirects.empty()) fail_here();
  return node;
}

bool Parser::parse_redirect(Node& node) {
  int fd = -1;
  if (token_.kind == TokenKind::kIoNumber) {
    fd = atoi(token_.text.c_str());
    advance();
  }
  if (token_.kind != TokenKind::kOperator || (token_.text[0] != '<' && token_.text[0] != '>')) {
    if (fd >= 0) fail_here();
    return false;
  }
  const std::string op = token_.text;
  advance();
  if (token_.kind != TokenKind::kWord && token_.kind != TokenKind::kIoNumber) {
    fail_here();
    return false;
  }
  if (fd < 0) fd = op[0] == '<' ? 0 : 1;
  const bool document = op == "<<" || op == "<<-";
  const RedirectKind kind = document                   ? RedirectKind::kHereDocument
                            : op == "<"                ? RedirectKind::kIn
                            : op == ">>"               ? RedirectKind::kAppend
                            : op == "<>"               ? RedirectKind::kReadWrite
                            : op == "<&" || op == ">&" ? RedirectKind::kDuplicate
                                                       : RedirectKind::kOut;
  Redirect redirect = {fd, kind, token_.text, nullptr, true};
  if (document) {
    bool quoted;
    std::string delimiter = unquote(token_.text, &quoted);
    redirect.expands_document = !quoted;
    redirect.document = std::make_unique<std::string>();
    lexer_.expect_document(std::move(delimiter), op == "<<-", redirect.document.get());
  }
  node.redirects.push_back(std::move(redirect));
  advance();
  return true;
}

NodePtr Parser::parse_if() {
  NodePtr node = make(NodeKind::kIf);
  node->children.push_back(parse_list(false));
  if (!failed_) expect_reserved("then");
  if (!failed_) node->children.push_back(parse_list(false));
  while (!failed_ && accept_reserved("elif")) {
    node->children.push_back(parse_list(false));
    if (!failed_) expect_reserved("then");
    if (!failed_) node->children.push_back(parse_list(false));
  }
  if (!failed_ && accept_reserved("else")) node->children.push_back(parse_list(false));
  if (!failed_) expect_reserved("fi");
  return node;
}

NodePtr Parser::parse_loop(NodeKind kind) {
  NodePtr node = make(kind);
  node->children.push_back(parse_list(false));
  if (!failed_) expect_reserved("do");
  if (!failed_) node->children.push_back(parse_list(false));
  if (!failed_) expect_reserved("done");
  return node;
}

NodePtr Parser::parse_for() {
  NodePtr node = make(NodeKind::kFor);
  if (token_.kind != TokenKind::kWord || !is_name(token_.text)) {
    fail_here();
    return node;
  }
  node->name = token_.text;
  advance();
  skip_newlines();
  if (accept_reserved("in")) {
    node->has_in_words = true;
    while (token_.kind == TokenKind::kWord) {
      node->words.push_back(std::move(token_.text));
      advance();
    }
  }
  accept_operator(";");
  skip_newlines();
  expect_reserved("do");
  if (!failed_) node->children.push_back(parse_list(false));
  if (!failed_) expect_reserved("done");
  return node;
}

NodePtr Parser::parse_case() {
  NodePtr node = make(NodeKind::kCase);
  if (token_.kind != TokenKind::kWord) {
    fail_here();
    return node;
  }
  node->words.push_back(std::move(token_.text));
  advance();
  skip_newlines();
  expect_reserved("in");
  skip_newlines();
  while (!failed_ && !at_reserved("esac")) {
    CaseArm arm;
    accept_operator("(");
    do {
      if (token_.kind != TokenKind::kWord) {
        fail_here();
        break;
      }
      arm.patterns.push_back(std::move(token_.text));
      advance();
    } while (accept_operator("|"));
    if (!failed_ && !accept_operator(")")) fail_here();
    if (failed_) break;
    skip_newlines();
    if (!at_operator(";;") && !at_reserved("esac")) arm.body = parse_list(false);
    node->arms.push_back(std::move(arm));
    if (!failed_ && !accept_operator(";;") && !at_reserved("esac")) fail_here();
    skip_newlines();
  }
  if (!failed_) expect_reserved("esac");
  return node;
}

NodePtr Parser::parse_function(std::string name) {
  NodePtr node = make(NodeKind::kFunction);
  node->name = std::move(name);
  skip_newlines();
  if (!failed_) node->children.push_back(parse_command());
  return node;
}

}  // namespace sh
