// C++ on the guest's C library: libc++'s headers, allocation, static objects. Runs in the guest and, under
// qemu-riscv64, on the host. Prints TAP.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <expected>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

int test_number, failures;

void report(bool ok, const char* name) {
  printf("%sok %d - %s\n", ok ? "" : "not ", ++test_number, name);
  if (!ok) failures++;
  fflush(stdout);
}

// Objects with constructors and destructors outside functions; the order is part of the language.
char events[64];
size_t event_count;
void note(char c) {
  if (event_count < sizeof(events) - 1) events[event_count++] = c;
}

class Static {
 public:
  explicit Static(char name) : name_(name) { note(name_); }
  ~Static() {
    if (destruction_fd >= 0) (void)!write(destruction_fd, &name_, 1);
  }
  static int destruction_fd;

 private:
  char name_;
};
int Static::destruction_fd = -1;
Static first('a');
Static second('b');

Static& on_demand() {
  static Static local('c');
  return local;
}

std::expected<int, int> parse_digit(char c) {
  if (c < '0' || c > '9') return std::unexpected(EINVAL);
  return c - '0';
}

struct Base {
  virtual ~Base() = default;
  virtual int value() const = 0;
};
struct Derived : Base {
  explicit Derived(int v) : value_(v) {}
  int value() const override { return value_; }
  int value_;
};

void test_static_objects() {
  report(std::string_view(events) == "ab", "static objects are made in order, before main");
  on_demand();
  on_demand();
  report(std::string_view(events) == "abc", "a local static object is made once");
  int ends[2];
  if (pipe(ends) != 0) return report(false, "pipe");
  fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) {
    Static::destruction_fd = ends[1];
    exit(0);
  }
  close(ends[1]);
  std::string order;
  char c;
  while (read(ends[0], &c, 1) == 1) order.push_back(c);
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  report(order == "cba", "exit destroys static objects in reverse order");
}

void test_containers() {
  std::vector<std::string> words;
  for (int i = 0; i < 1000; i++) words.push_back("word" + std::to_string((i * 7919) % 1000));
  std::sort(words.begin(), words.end());
  report(std::is_sorted(words.begin(), words.end()) && words.front() == "word0" && words.back() == "word999",
         "vector of strings, sort");
  std::map<std::string, int, std::less<>> counts;
  for (const std::string& w : words) counts[w.substr(0, 5)]++;
  const auto it = counts.find(std::string_view("word1"));
  report(it != counts.end() && it->second == 111 && counts.size() == 10, "map, lookup by string_view");
  std::unordered_map<int, int> squares;
  for (int i = 0; i < 5000; i++) squares[i * 17] = i * i;
  report(squares.size() == 5000 && squares.at(17 * 70) == 4900 && !squares.contains(1), "unordered_map");
  std::string text(5000, 'x');
  text.insert(2500, "middle").append(text, 0, 10);
  report(text.size() == 5016 && text.find("middle") == 2500 && text.rfind('m') == 2500, "long strings");
  std::array<int, 5> numbers = {5, 3, 1, 4, 2};
  std::ranges::sort(numbers);
  const std::span<const int> view = numbers;
  report(view.front() == 1 && std::accumulate(view.begin(), view.end(), 0) == 15, "array, span, ranges");
}

void test_vocabulary_types() {
  report(parse_digit('7') == 7 && !parse_digit('x').has_value() && parse_digit('x').error() == EINVAL, "expected");
  std::variant<int, std::string> v = "text";
  report(std::holds_alternative<std::string>(v) && std::optional<int>().value_or(3) == 3, "variant, optional");
  const std::unique_ptr<Base> p = std::make_unique<Derived>(42);
  report(p->value() == 42, "unique_ptr, virtual functions");
  struct alignas(256) Wide {
    char bytes[256];
  };
  const auto wide = std::make_unique<Wide>();
  report((reinterpret_cast<uintptr_t>(wide.get()) & 255) == 0, "operator new honours alignment");
  report(std::strcmp("a", "b") < 0 && std::floor(2.7) == 2 && std::isnan(NAN) && std::abs(-3L) == 3,
         "C functions in std");
}

}  // namespace

int main() {
  test_static_objects();
  test_containers();
  test_vocabulary_types();
  printf("1..%d\n", test_number);
  return failures == 0 ? 0 : 1;
}
