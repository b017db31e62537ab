// The helper functions, called as the engines call them.
#include <string.h>

#include <catch2/catch.hpp>
#include <string>

#include "bpf/helpers/functions.h"
#include "bpf/helpers/printf.h"
#include "tests/host/maps/map_util.h"

using namespace skep;
using namespace skep::bpf;

namespace {
uint64_t word(const void* p) { return reinterpret_cast<uint64_t>(p); }
int64_t error(Errno e) { return -static_cast<int64_t>(e); }

std::string print(std::string_view format, std::initializer_list<uint64_t> args) {
  char out[256];
  const auto length = format_for_program(out, format, {args.begin(), args.size()});
  if (!length) return "EINVAL";
  CHECK(*length == strlen(out));
  return out;
}
}  // namespace

TEST_CASE("map helpers pass errors on as negative numbers", "[helpers]") {
  host::LeakCheck leaks;
  auto map = test::make_map(test::attributes(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 1));
  const uint32_t key = 1;
  const uint32_t other = 2;
  const uint64_t value = 5;
  const uint64_t m = word(map.get());
  host::ProbeContext probe;
  CHECK(helper_map_lookup_elem(m, word(&key), 0, 0, 0) == 0);
  CHECK(helper_map_update_elem(m, word(&key), word(&value), BPF_ANY, 0) == 0);
  CHECK(static_cast<int64_t>(helper_map_update_elem(m, word(&other), word(&value), BPF_ANY, 0)) ==
        error(Errno::kE2BIG));
  CHECK(*reinterpret_cast<uint64_t*>(helper_map_lookup_elem(m, word(&key), 0, 0, 0)) == 5);
  CHECK(helper_map_lookup_percpu_elem(m, word(&key), 0, 0, 0) == helper_map_lookup_elem(m, word(&key), 0, 0, 0));
  CHECK(helper_map_lookup_percpu_elem(m, word(&key), platform::cpu_count(), 0, 0) == 0);
  CHECK(helper_map_delete_elem(m, word(&key), 0, 0, 0) == 0);
  CHECK(static_cast<int64_t>(helper_map_delete_elem(m, word(&key), 0, 0, 0)) == error(Errno::kENOENT));
}

TEST_CASE("facts of task, time and processor", "[helpers]") {
  host::ProbeContext probe;
  auto& task = host::current_task();
  const auto saved = task;
  task = {.pid = 12, .tgid = 11, .uid = 1000, .gid = 100, .comm = "fifteen-chars.."};
  CHECK(helper_get_current_pid_tgid(0, 0, 0, 0, 0) == (uint64_t{11} << 32 | 12));
  CHECK(helper_get_current_uid_gid(0, 0, 0, 0, 0) == (uint64_t{100} << 32 | 1000));
  char comm[20];
  memset(comm, 'x', sizeof(comm));
  CHECK(helper_get_current_comm(word(comm), 16, 0, 0, 0) == 0);
  CHECK(std::string(comm) == "fifteen-chars..");
  CHECK(comm[16] == 'x');
  memset(comm, 'x', sizeof(comm));
  CHECK(helper_get_current_comm(word(comm), 4, 0, 0, 0) == 0);
  CHECK(std::string(comm) == "fif");
  CHECK(comm[4] == 'x');
  CHECK(helper_get_current_comm(word(comm), 20, 0, 0, 0) == 0);
  CHECK(comm[19] == '\0');
  task = saved;
  host::set_clock_ns(4'000'000'000);
  CHECK(helper_ktime_get_ns(0, 0, 0, 0, 0) == 4'000'000'000);
  CHECK(helper_jiffies64(0, 0, 0, 0, 0) == 1000);
  host::set_clock_ns(0);
  CHECK(helper_get_smp_processor_id(0, 0, 0, 0, 0) == platform::cpu_id());
  CHECK(helper_get_prandom_u32(0, 0, 0, 0, 0) != helper_get_prandom_u32(0, 0, 0, 0, 0));
}

TEST_CASE("probe_read: what cannot be read comes back as zeros", "[helpers]") {
  const uint64_t source = 0x1122334455667788;
  uint64_t out = 1;
  host::UserWindow user(&source, sizeof(source));
  host::ProbeContext probe;
  CHECK(helper_probe_read_kernel(word(&out), 8, word(&source), 0, 0) == 0);
  CHECK(out == source);
  out = 1;
  CHECK(helper_probe_read_user(word(&out), 8, word(&source), 0, 0) == 0);
  CHECK(out == source);
  for (const uint64_t bad : {uint64_t{0}, uint64_t{8}, ~uint64_t{7}, uint64_t{1} << 62}) {
    out = 1;
    CHECK(static_cast<int64_t>(helper_probe_read_kernel(word(&out), 8, bad, 0, 0)) == error(Errno::kEFAULT));
    CHECK(out == 0);
    out = 1;
    CHECK(static_cast<int64_t>(helper_probe_read_user(word(&out), 8, bad, 0, 0)) == error(Errno::kEFAULT));
    CHECK(out == 0);
    out = 1;
    CHECK(static_cast<int64_t>(helper_probe_read(word(&out), 8, bad, 0, 0)) == error(Errno::kEFAULT));
    CHECK(out == 0);
  }
  out = 1;
  CHECK(helper_probe_read_kernel(word(&out), 0, 0, 0, 0) == 0);
  CHECK(out == 1);
  out = 1;  // past the end of the user range
  CHECK(static_cast<int64_t>(helper_probe_read_user(word(&out), 8, word(&source) + 1, 0, 0)) == error(Errno::kEFAULT));
}

TEST_CASE("probe_read_str: length with NUL, always terminated", "[helpers]") {
  const char text[] = "honey";
  host::UserWindow user(text, sizeof(text));
  char out[8];
  host::ProbeContext probe;
  for (auto* read : {helper_probe_read_kernel_str, helper_probe_read_user_str, helper_probe_read_str}) {
    memset(out, 'x', sizeof(out));
    CHECK(read(word(out), 8, word(text), 0, 0) == 6);
    CHECK(std::string(out) == "honey");
    CHECK(read(word(out), 3, word(text), 0, 0) == 3);
    CHECK(std::string(out) == "ho");
    CHECK(read(word(out), 1, word(text), 0, 0) == 1);
    CHECK(out[0] == '\0');
    CHECK(read(word(out), 0, word(text), 0, 0) == 0);
    memset(out, 'x', sizeof(out));
    CHECK(static_cast<int64_t>(read(word(out), 8, 16, 0, 0)) == error(Errno::kEFAULT));
    CHECK(std::string(out, 8) == std::string(8, '\0'));
  }
}

TEST_CASE("format language of printing helpers", "[helpers][printk]") {
  CHECK(print("plain", {}) == "plain");
  CHECK(print("100%% sure", {}) == "100% sure");
  CHECK(print("%d %i %u", {static_cast<uint64_t>(-5), 5, static_cast<uint64_t>(-1)}) == "-5 5 4294967295");
  CHECK(print("%ld %lld", {static_cast<uint64_t>(-5), static_cast<uint64_t>(INT64_MIN)}) == "-5 -9223372036854775808");
  CHECK(print("%x %X %lx", {0xabcd, 0xabcd, 0x123456789abc}) == "abcd ABCD 123456789abc");
  CHECK(print("%llu", {UINT64_MAX}) == "18446744073709551615");
  CHECK(print("[%5d|%-5d|%05d|%+d|% d]", {42, 42, 42, 42, 42}) == "[   42|42   |00042|+42| 42]");
  CHECK(print("[%05d]", {static_cast<uint64_t>(-42)}) == "[-0042]");
  CHECK(print("%c%c", {'o', 'k'}) == "ok");
  const char text[] = "bee";
  CHECK(print("<%s>", {word(text)}) == "<bee>");
  CHECK(print("<%6s|%-6s>", {word(text), word(text)}) == "<   bee|bee   >");
  CHECK(print("<%pks>", {word(text)}) == "<bee>");
  CHECK(print("<%s>", {0}) == "<>");
  host::UserWindow user(text, sizeof(text));
  CHECK(print("<%pus>", {word(text)}) == "<bee>");
  CHECK(print("%px", {0xffffffff80001234}) == "ffffffff80001234");
  CHECK(print("%p", {0}) == "0000000000000000");
  CHECK(print("%p", {0xffffffff80001234}) != "ffffffff80001234");
  CHECK(print("%p", {0xffffffff80001234}) == print("%pK", {0xffffffff80001234}));
  const uint8_t ip[16] = {192, 168, 1, 20};
  CHECK(print("%pI4", {word(ip)}) == "192.168.1.20");
  CHECK(print("%pi4", {word(ip)}) == "192.168.001.020");
  CHECK(print("%pI6", {word(ip)}) == "c0a8:0114:0000:0000:0000:0000:0000:0000");
  host::add_kernel_symbol("sys_fork", 0x80400000);
  CHECK(print("%ps %pS", {0x80400010, 0x80400010}) == "sys_fork sys_fork+0x10");
  CHECK(print("%pS", {0x10}) == "0x0000000000000010");
}

TEST_CASE("formats that are refused", "[helpers][printk]") {
  for (const char* bad : {"%",   "%y",  "%f",   "%hd", "%llld", "%n",    "%.5s", "%*d",         "%l",  "%5",
                          "%p5", "%pk", "%pI5", "%pu", "%sx",   "%pksx", "\x01", "caf\xc3\xa9", "%#x", "%zu"}) {
    INFO(bad);
    CHECK(print(bad, {1, 2, 3}) == "EINVAL");
  }
  CHECK(print("%d %d", {1}) == "EINVAL");  // more conversions than values
  CHECK(print("%d", {}) == "EINVAL");
  CHECK(print("tab\tnewline\n", {}) == "tab\tnewline\n");
}

TEST_CASE("a text that does not fit is cut, and its length told", "[helpers][printk]") {
  char out[6];
  const uint64_t args[] = {123456789};
  auto length = format_for_program(out, "n=%u", args);
  REQUIRE(length);
  CHECK(*length == 11);
  CHECK(std::string(out) == "n=123");
  const char text[] = "bumblebee";
  const uint64_t strings[] = {word(text)};
  CHECK(format_for_program(out, "%s", strings).has_value());
  CHECK(std::string(out) == "bumbl");
  CHECK(format_for_program(out, "%20s", strings).has_value());
  CHECK(std::string(out) == "     ");
  CHECK(*format_for_program({}, "%d", args) == 9);
  char wide[64];
  CHECK(*format_for_program(wide, "%99999d", args) == 1024);  // widths are bounded
}

TEST_CASE("trace_printk sends one message", "[helpers][printk]") {
  host::ProbeContext probe;
  host::take_trace_messages();
  const char format[] = "pid %d: %s\n";
  CHECK(helper_trace_printk(word(format), sizeof(format), 7, word("x"), 0) == 9);
  auto messages = host::take_trace_messages();
  REQUIRE(messages.size() == 1);
  CHECK(messages[0] == "pid 7: x");
  CHECK(static_cast<int64_t>(helper_trace_printk(word(format), 3, 7, 0, 0)) == error(Errno::kEINVAL));  // no NUL inside
  CHECK(static_cast<int64_t>(helper_trace_printk(word("%y"), 3, 7, 0, 0)) == error(Errno::kEINVAL));
  CHECK(static_cast<int64_t>(helper_trace_printk(word("%d%d%d%d"), 9, 7, 0, 0)) == error(Errno::kEINVAL));
  CHECK(host::take_trace_messages().empty());

  const uint64_t values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const char twelve[] = "%d%d%d%d%d%d%d%d%d%d%d%d";
  CHECK(helper_trace_vprintk(word(twelve), sizeof(twelve), word(values), sizeof(values), 0) == 15);
  CHECK(host::take_trace_messages().at(0) == "123456789101112");
  CHECK(static_cast<int64_t>(helper_trace_vprintk(word(twelve), sizeof(twelve), word(values), 95, 0)) ==
        error(Errno::kEINVAL));
  CHECK(static_cast<int64_t>(helper_trace_vprintk(word(twelve), sizeof(twelve), word(values), 104, 0)) ==
        error(Errno::kEINVAL));
  CHECK(static_cast<int64_t>(helper_trace_vprintk(word(twelve), sizeof(twelve), 0, 8, 0)) == error(Errno::kEINVAL));
  CHECK(static_cast<int64_t>(helper_trace_vprintk(word(twelve), sizeof(twelve), 0, 0, 0)) == error(Errno::kEINVAL));

  char out[8];
  CHECK(helper_snprintf(word(out), 8, word("a%d"), word(values), 8) == 3);
  CHECK(std::string(out) == "a1");
  CHECK(helper_snprintf(0, 0, word("a%d"), word(values), 8) == 3);
  CHECK(static_cast<int64_t>(helper_snprintf(word(out), 8, word("a%d"), word(values), 7)) == error(Errno::kEINVAL));
}

TEST_CASE("string helpers", "[helpers]") {
  CHECK(helper_strncmp(word("abc"), 3, word("abc"), 0, 0) == 0);
  CHECK(static_cast<int64_t>(helper_strncmp(word("abc"), 3, word("abd"), 0, 0)) < 0);
  CHECK(static_cast<int64_t>(helper_strncmp(word("abd"), 3, word("abc"), 0, 0)) > 0);
  int64_t v = 0;
  const auto strtol_of = [&](const char* s, uint64_t flags) {
    return static_cast<int64_t>(helper_strtol(word(s), strlen(s), flags, word(&v), 0));
  };
  CHECK(strtol_of("  -42 x", 10) == 5);
  CHECK(v == -42);
  CHECK(strtol_of("0x1f", 0) == 4);
  CHECK(v == 31);
  CHECK(strtol_of("017", 0) == 3);
  CHECK(v == 15);
  CHECK(strtol_of("0", 0) == 1);
  CHECK(strtol_of("-9223372036854775808", 10) == 20);
  CHECK(v == INT64_MIN);
  CHECK(strtol_of("9223372036854775808", 10) == error(Errno::kERANGE));
  CHECK(strtol_of("99999999999999999999", 10) == error(Errno::kERANGE));
  CHECK(strtol_of("x", 10) == error(Errno::kEINVAL));
  CHECK(strtol_of("", 10) == error(Errno::kEINVAL));
  CHECK(strtol_of("1", 7) == error(Errno::kEINVAL));
  CHECK(strtol_of("1", 1 << 5) == error(Errno::kEINVAL));
  uint64_t u = 0;
  CHECK(helper_strtoul(word("18446744073709551615"), 20, 10, word(&u), 0) == 20);
  CHECK(u == UINT64_MAX);
  CHECK(static_cast<int64_t>(helper_strtoul(word("-1"), 2, 10, word(&u), 0)) == error(Errno::kEINVAL));
}
