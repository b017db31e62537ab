// Tail calls on both engines. r1 of every program is a counter in memory, which counts how often programs began.
#include <new>

#include "bpf/interp/interp.h"
#include "tests/runner/builder.h"
#include "tests/runner/prog_array.h"

namespace skep::runner {
namespace {

using namespace skep::bpf;

constexpr uint32_t kPrograms = 3;

// Programs by number; each is also in the array's slot of its number. The last slot stays empty.
class Family {
 public:
  Family() : array_(*new(storage_) ProgArray) {}

  Builder& operator[](uint32_t n) { return programs_[n]; }
  // r1 = context; r2 = the array; r3 = index; call tail_call
  void tail_call(uint32_t from, uint64_t index, std::string_view context = "r1 = r6") {
    programs_[from].text(context);
    programs_[from].add({.op = Op::kLoadImm64, .size = 8, .dst = 2, .imm64 = reinterpret_cast<uintptr_t>(&array_)});
    programs_[from].add({.op = Op::kLoadImm64, .size = 8, .dst = 3, .imm64 = index});
    programs_[from].text("call 12");
  }
  // Program 0 gives this r0 and leaves the counter at this, on the interpreter and on every target of the JIT.
  bool gives(uint64_t r0, uint64_t count);

 private:
  bool run_compiled(const JitTarget& target, bool far, uint64_t r0, uint64_t count);

  alignas(ProgArray) uint8_t storage_[sizeof(ProgArray)];
  ProgArray& array_;
  Builder programs_[kPrograms];
  Image images_[kPrograms];
};

bool Family::run_compiled(const JitTarget& target, bool far, uint64_t r0, uint64_t count) {
  place_code_far(far);
  JitCode code[kPrograms];
  bool compiled = true;
  for (uint32_t n = 0; n < kPrograms; n++) {
    if (images_[n].code.empty()) continue;
    auto result = jit_compile(images_[n], target);
    compiled = compiled && result;
    if (!result) continue;
    code[n] = std::move(*result);
    array_.slots[n].entry = code[n].tail_entry;
  }
  uint64_t counter = 0, changed = 1, result = 0;
  if (compiled) result = checked_call(code[0], reinterpret_cast<uintptr_t>(&counter), 0, &changed);
  for (JitCode& c : code) platform::release_code(c.memory);
  return compiled && changed == 0 && result == r0 && counter == count;
}

bool Family::gives(uint64_t r0, uint64_t count) {
  for (uint32_t n = 0; n < kPrograms; n++) {
    if (programs_[n].at() == 0) continue;
    auto image = programs_[n].image();
    if (!image) return false;
    images_[n] = std::move(*image);
    images_[n].bind();
    array_.slots[n].image = &images_[n];
  }
  uint64_t counter = 0;
  const auto interpreted = interpret(images_[0], reinterpret_cast<uintptr_t>(&counter));
  if (!interpreted || *interpreted != r0 || counter != count) return false;
  for (const JitTarget& target : kTargets) {
    for (const bool far : {false, true}) {
      if (!run_compiled(target, far, r0, count)) return false;
    }
  }
  return true;
}

constexpr std::string_view kCount = "r6 = r1; r2 = *(u64 *)(r1 + 0); r2 += 1; *(u64 *)(r1 + 0) = r2";

bool goes_on_33_times() {
  Family f;
  f[0].text(kCount);
  f.tail_call(0, 0);
  f[0].text("r0 = *(u64 *)(r6 + 0); r0 += 100; exit");
  return f.gives(134, 34);
}

bool empty_slots_fail() {
  Family f;
  f[0].text(kCount);
  f[0].text("r7 = 7; *(u64 *)(r10 - 8) = r7");
  for (const uint64_t index : {uint64_t{3}, uint64_t{4}, uint64_t{0xffffffff}, uint64_t{0x100000003}})
    f.tail_call(0, index);
  f[0].text("r0 = *(u64 *)(r10 - 8); r0 += r7; exit");
  return f.gives(14, 1);
}

// The low half of the index counts. The context and the return value pass through.
bool goes_to_another() {
  Family f;
  f[0].text(kCount);
  f[0].text("r9 = 1; *(u64 *)(r10 - 512) = r9");
  f.tail_call(0, 0xdead00000001);
  f[0].text("r0 = 0; exit");
  f[1].text("r0 = *(u64 *)(r1 + 0); r0 += 41; r1 = 0; r6 = 0; r7 = 0; r8 = 0; r9 = 0; exit");
  return f.gives(42, 1);
}

// The subprogram's caller goes on with the other program's result; its own registers and stack are as they were.
bool from_a_subprogram() {
  Family f;
  f[0].text(
      "r6 = r1; r7 = 1000; r8 = 200; *(u64 *)(r10 - 16) = r8; call sub; r0 += r7; r1 = *(u64 *)(r10 - 16); r0 += r1; "
      "exit; "
      "sub: r6 = r1; r7 = 5; r8 = 6; *(u64 *)(r10 - 16) = r7");
  f.tail_call(0, 1);
  f[0].text("r0 = 77; exit");
  f[1].text("r6 = 9; r7 = 9; r8 = 9; r9 = 9; *(u64 *)(r10 - 16) = r9; r0 = 3; exit");
  return f.gives(1203, 0);
}

// Two calls, each with a tail call back to the start: 2^33 runs if each had a count of its own.
bool count_is_shared() {
  Family f;
  f[0].text(kCount);
  f[0].text("call sub; r1 = r6; call sub; r0 = *(u64 *)(r6 + 0); exit; sub: r6 = r1");
  f.tail_call(0, 0);
  f[0].text("r0 = 0; exit");
  return f.gives(34, 34);
}

bool callbacks_make_none() {
  Family f;
  f[0].text(kCount);
  f[0].text("r1 = 5");
  f[0].add({.op = Op::kLoadImm64, .size = 8, .dst = 2, .pseudo = Pseudo::kFunc, .target = f[0].at() + 5, .imm64 = 4});
  f[0].text("r3 = r6; call 181; exit");
  f[0].text("r6 = r2; r2 = *(u64 *)(r6 + 0); r2 += 10; *(u64 *)(r6 + 0) = r2");
  f.tail_call(0, 1);
  f[0].text("r0 = 0; exit");
  f[1].text("r0 = 1; exit");
  return f.gives(5, 51);
}

}  // namespace

void tail_call_tests() {
  report("tail calls: 33 succeed, the next fails", goes_on_33_times());
  report("tail calls: empty slots and indices out of range fail", empty_slots_fail());
  report("tail calls: another program, with context and result", goes_to_another());
  report("tail calls: from a subprogram", from_a_subprogram());
  report("tail calls: one count for all functions", count_is_shared());
  report("tail calls: none from a callback", callbacks_make_none());
}

}  // namespace skep::runner
