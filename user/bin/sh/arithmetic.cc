// Arithmetic expansion: C's integer expressions on 64 bits, by precedence climbing. Variables count as their value,
// unset ones as 0. Overflow wraps.
#include <ctype.h>
#include <stdlib.h>

#include <string>
#include <string_view>

#include "shell.h"

namespace sh {
namespace {

struct BinaryOperator {
  std::string_view text;
  int precedence;  // higher binds tighter
};

// Longer operators first: the first match counts.
constexpr BinaryOperator kOperators[] = {
    {"||", 1}, {"&&", 2}, {"==", 6}, {"!=", 6}, {"<=", 7}, {">=", 7}, {"<<", 8}, {">>", 8}, {"|", 3},
    {"^", 4},  {"&", 5},  {"<", 7},  {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10},
};
constexpr std::string_view kAssignments[] = {"<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "="};
constexpr int kMaxDepth = 200;  // parentheses and unary operators; keeps the stack small

long wrap(unsigned long v) { return static_cast<long>(v); }

class Evaluator {
 public:
  explicit Evaluator(std::string_view text) : text_(text) {}

  bool run(long* result) {
    *result = assignment(true);
    skip_space();
    if (!failed_ && at_ < text_.size()) fail("unexpected text");
    if (failed_) complain("arithmetic: %.*s: %s", static_cast<int>(text_.size()), text_.data(), message_);
    return !failed_;
  }

 private:
  void fail(const char* message) {
    if (!failed_) message_ = message;
    failed_ = true;
  }
  void skip_space() {
    while (at_ < text_.size() && isspace(static_cast<unsigned char>(text_[at_])) != 0) at_++;
  }
  bool accept(std::string_view op) {
    skip_space();
    if (!text_.substr(at_).starts_with(op)) return false;
    at_ += op.size();
    return true;
  }
  std::string_view peek_name() {
    skip_space();
    size_t end = at_;
    while (end < text_.size() && (isalnum(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '_')) end++;
    const std::string_view name = text_.substr(at_, end - at_);
    return is_name(name) ? name : std::string_view();
  }

  long value_of(std::string_view name) {
    const std::string text = get_variable(name);
    if (text.empty()) return 0;
    char* end;
    const long v = strtol(text.c_str(), &end, 0);
    if (*end == '\0') return v;
    // A variable may hold an expression.
    if (++depth_ > kMaxDepth) {
      fail("too deep");
      return 0;
    }
    Evaluator inner(text);
    inner.depth_ = depth_;
    long result = 0;
    if (!inner.run(&result)) fail("bad value");
    depth_--;
    return result;
  }

  long apply(std::string_view op, long a, long b) {
    const auto ua = static_cast<unsigned long>(a), ub = static_cast<unsigned long>(b);
    switch (op[0]) {
      case '+':
        return wrap(ua + ub);
      case '-':
        return wrap(ua - ub);
      case '*':
        return wrap(ua * ub);
      case '/':
      case '%':
        if (b == 0) {
          if (evaluates_) fail("division by zero");
          return 0;
        }
        if (b == -1) return op[0] == '/' ? wrap(0 - ua) : 0;
        return op[0] == '/' ? a / b : a % b;
      case '&':
        return op == "&&" ? a != 0 && b != 0 : a & b;
      case '|':
        return op == "||" ? a != 0 || b != 0 : a | b;
      case '^':
        return a ^ b;
      case '=':
        return a == b;
      case '!':
        return a != b;
      case '<':
        return op == "<<" ? wrap(ua << (ub & 63)) : op == "<=" ? a <= b : a < b;
      default:
        return op == ">>" ? a >> (ub & 63) : op == ">=" ? a >= b : a > b;
    }
  }

  // NAME op= expression, or a conditional expression.
  long assignment(bool evaluates) {
    const bool outer = evaluates_;
    evaluates_ = evaluates;
    const std::string_view name = peek_name();
    const size_t start = at_;
    if (!name.empty()) {
      at_ += name.size();
      for (const std::string_view op : kAssignments) {
        if (!accept(op)) continue;
        if (op == "=" && at_ < text_.size() && text_[at_] == '=') break;  // a comparison
        long v = assignment(evaluates);
        if (op.size() > 1) v = apply(op.substr(0, op.size() - 1), value_of(name), v);
        if (evaluates && !failed_) set_variable(name, std::to_string(v));
        evaluates_ = outer;
        return v;
      }
      at_ = start;
    }
    long v = binary(1);
    if (accept("?")) {
      const bool yes = v != 0;
      const long a = assignment(evaluates && yes);
      if (!accept(":")) fail("':' expected");
      const long b = assignment(evaluates && !yes);
      v = yes ? a : b;
    }
    evaluates_ = outer;
    return v;
  }

  long binary(int least) {
    long left = unary();
    for (;;) {
      if (failed_) return 0;
      skip_space();
      const BinaryOperator* found = nullptr;
      for (const BinaryOperator& op : kOperators) {
        if (text_.substr(at_).starts_with(op.text)) {
          found = &op;
          break;
        }
      }
      if (found == nullptr || found->precedence < least) return left;
      at_ += found->text.size();
      // && and || leave their right side unevaluated when the left one decides.
      const bool outer = evaluates_;
      if ((found->text == "&&" && left == 0) || (found->text == "||" && left != 0)) evaluates_ = false;
      const long right = binary(found->precedence + 1);
      evaluates_ = outer;
      left = apply(found->text, left, right);
    }
  }

  long unary() {
    if (++depth_ > kMaxDepth) {
      fail("too deep");
      return 0;
    }
    const long v = unary_inner();
    depth_--;
    return v;
  }

  long unary_inner() {
    if (accept("++") || accept("--")) {
      const bool up = text_[at_ - 1] == '+';
      const std::string_view name = peek_name();
      if (name.empty()) {
        fail("name expected");
        return 0;
      }
      at_ += name.size();
      const long v = value_of(name) + (up ? 1 : -1);
      if (evaluates_) set_variable(name, std::to_string(v));
      return v;
    }
    if (accept("-")) return wrap(0 - static_cast<unsigned long>(unary()));
    if (accept("+")) return unary();
    if (accept("~")) return ~unary();
    skip_space();
    if (at_ < text_.size() && text_[at_] == '!') {
      at_++;
      return unary() == 0;
    }
    return primary();
  }

  long primary() {
    if (accept("(")) {
      const long v = assignment(evaluates_);
      if (!accept(")")) fail("')' expected");
      return v;
    }
    const std::string_view name = peek_name();
    if (!name.empty()) {
      at_ += name.size();
      const long v = value_of(name);
      if (accept("++") || accept("--")) {
        if (evaluates_) set_variable(name, std::to_string(v + (text_[at_ - 1] == '+' ? 1 : -1)));
      }
      return v;
    }
    skip_space();
    size_t end = at_;
    while (end < text_.size() && isalnum(static_cast<unsigned char>(text_[end])) != 0) end++;
    const std::string digits(text_.substr(at_, end - at_));
    char* stop;
    const long v = static_cast<long>(strtoul(digits.c_str(), &stop, 0));
    if (digits.empty() || *stop != '\0') fail(digits.empty() ? "number expected" : "bad number");
    at_ = end;
    return v;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool failed_ = false;
  bool evaluates_ = true;  // false in a part that C would not evaluate
  const char* message_ = "";
  int depth_ = 0;
};

}  // namespace

bool evaluate_arithmetic(std::string_view text, long* result) {
  *result = 0;
  if (text.find_first_not_of(" \t\n") == std::string_view::npos) return true;
  return Evaluator(text).run(result);
}

}  // namespace sh
