#include <array>
#include <utility>

#include "arch/hooks.h"
#include "lib/errno.h"
#include "syscall/table.h"
#include "task/thread.h"

namespace skep {

namespace {

using Arguments = const unsigned long (&)[6];
using Entry = long (*)(Arguments);

// Calls F with its parameters taken from the argument registers, each truncated to its type.
template <auto F>
struct Adapter;
template <typename... Parameters, long (*F)(Parameters...)>
struct Adapter<F> {
  static_assert(sizeof...(Parameters) <= 6);
  static long call(Arguments a) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      return F(static_cast<Parameters>(a[I])...);
    }(std::index_sequence_for<Parameters...>());
  }
};

constexpr std::array<Entry, kSyscallNumbers> make_table() {
  std::array<Entry, kSyscallNumbers> table{};
#define SKEP_TABLE_ENTRY(name, ...) table[__NR_##name] = Adapter<&sys_##name>::call;
  SKEP_SYSCALLS(SKEP_TABLE_ENTRY)
#undef SKEP_TABLE_ENTRY
  return table;
}
constexpr std::array<Entry, kSyscallNumbers> kTable = make_table();

}  // namespace

void arch::on_syscall(pt_regs& regs) {
  const uint64_t number = regs.a7;
  const unsigned long arguments[6] = {regs.a0, regs.a1, regs.a2, regs.a3, regs.a4, regs.a5};
  if (number >= kSyscallNumbers || !kTable[number]) {
    regs.a0 = static_cast<uint64_t>(-static_cast<long>(Errno::kENOSYS));
    return;
  }
  regs.a0 = static_cast<uint64_t>(kTable[number](arguments));
  current_task().resumed_deadline = 0;  // meant for this call, whether it came to waiting or not
}

}  // namespace skep
