// What the parser makes of a command line. Words are kept as they were written, quotes included: expansion happens each
// time a command runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace sh {

enum class RedirectKind : unsigned char {
  kIn,         // <
  kOut,        // >
  kAppend,     // >>
  kReadWrite,  // <>
  kDuplicate,  // <& and >&
  kHereDocument,
};

struct Redirect {
  int fd;
  RedirectKind kind;
  std::string word;                       // file name, descriptor number or '-'
  std::unique_ptr<std::string> document;  // the text of a here-document
  bool expands_document = true;           // its delimiter was not quoted
};

enum class NodeKind : unsigned char {
  kSimple,    // assignments, words, redirects
  kPipeline,  // children, negated
  kAnd,       // children[0] && children[1]
  kOr,
  kBackground,  // children[0] &
  kSequence,    // children one after the other
  kSubshell,    // ( children[0] )
  kGroup,       // { children[0] }
  kIf,          // condition, body, condition, body, …, [else body]
  kWhile,       // condition, body
  kUntil,
  kFor,       // name in words; body
  kCase,      // words[0]; arms
  kFunction,  // name, body
};

struct Node;
using NodePtr = std::unique_ptr<Node>;

struct CaseArm {
  std::vector<std::string> patterns;
  NodePtr body;
};

struct Node {
  explicit Node(NodeKind k) : kind(k) {}

  NodeKind kind;
  bool negated = false;       // kPipeline
  bool has_in_words = false;  // kFor: "in" was written; otherwise the positional parameters
  std::string name;           // kFor, kFunction
  std::vector<std::string> assignments;
  std::vector<std::string> words;
  std::vector<Redirect> redirects;
  std::vector<NodePtr> children;
  std::vector<CaseArm> arms;
};

}  // namespace sh
