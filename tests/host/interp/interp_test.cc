// The interpreter on its own: errors, limits, the observer, callbacks, packets, fault-safe loads. Results of single
// instructions: tests/data/isa-cases and the conformance cases.
#include "bpf/interp/interp.h"

#include <catch2/catch.hpp>

#include "bpf/interp/trusted_image.h"
#include "bpf/packet.h"
#include "tests/host/isa/text.h"

using namespace skep;
using namespace skep::bpf;
using namespace skep::test;

namespace {

Image image_of(std::string_view text) {
  std::string error;
  const auto slots = assembled(text, &error);
  INFO(error);
  REQUIRE(!slots.empty());
  auto image = make_trusted_image(slots);
  REQUIRE(image);
  return std::move(*image);
}

std::string_view refusal(std::string_view text) {
  std::string error;
  const auto slots = assembled(text, &error);
  INFO(error);
  REQUIRE(!slots.empty());
  const auto image = make_trusted_image(slots);
  REQUIRE(!image);
  return image.error().reason;
}

}  // namespace

TEST_CASE("interp: what a trusted image must not be") {
  CHECK(make_trusted_image({}).error().reason == "no instructions");
  CHECK(refusal("r0 = 0") == "last insn is not an exit or jmp");
  CHECK(refusal("goto +5; exit") == "jump out of range");
  CHECK(refusal("goto -3; exit") == "jump out of range");
  CHECK(refusal("goto +1; r0 = 5 ll; exit") == "jump into the middle of ldimm64 insn");
  CHECK(refusal("call +9; exit") == "call out of range");
  CHECK(refusal("call +2; exit; r0 = 5 ll; exit") == "call into the middle of ldimm64 insn");
  CHECK(refusal("goto +2; call f; exit; f: exit") == "jump out of range");
  CHECK(refusal("r10 = 5; exit") == "frame pointer is read only");
}

TEST_CASE("interp: failures of programs that nobody verified") {
  CHECK(interpret(image_of("call 9999; exit"), 0).error() == Errno::kEINVAL);
  CHECK(interpret(image_of("r1 = 0x100000005 ll; callx r1; exit"), 0).error() == Errno::kEINVAL);
  CHECK(interpret(image_of("r0 = 1; goto -2"), 0, {.max_instructions = 1000}).error() == Errno::kETIMEDOUT);
  CHECK(interpret(image_of("call f; exit; f: call f; exit"), 0).error() == Errno::kE2BIG);
  CHECK(interpret(image_of("call kernel-function#1; exit"), 0).error() == Errno::kEINVAL);
}

TEST_CASE("interp: the observer sees every instruction with its registers and frame") {
  struct Seen {
    std::vector<InsnIndex> at;
    uint32_t deepest = 0;
    uint64_t r1_in_callee = 0;
  } seen;
  const Image image = image_of("r1 = 7; call f; exit; f: r0 = r1; exit");
  const auto observe = [](void* cookie, InsnIndex at, const uint64_t(&r)[11], uint32_t frame) {
    auto& s = *static_cast<Seen*>(cookie);
    s.at.push_back(at);
    s.deepest = std::max(s.deepest, frame);
    if (frame == 1 && at == 3) s.r1_in_callee = r[1];
  };
  CHECK(*interpret(image, 0, {.observer = observe, .cookie = &seen}) == 7);
  CHECK(seen.at == std::vector<InsnIndex>{0, 1, 3, 4, 2});
  CHECK(seen.deepest == 1);
  CHECK(seen.r1_in_callee == 7);
}

TEST_CASE("interp: a callback's value calls it") {
  Image image = image_of("r0 = func f ll; exit; f: r0 = r1; r0 -= r2; r0 *= r5; exit");
  image.bind();
  const uint64_t callback = *interpret(image, 0);
  CHECK((callback & 1) == 1);
  CHECK(call_callback(callback, 9, 2, 0, 0, 3) == 21);
  CHECK(image.subprograms[1].is_callback);
}

TEST_CASE("interp: packet loads") {
  const uint8_t packet[] = {1, 2, 3, 4, 5};
  PacketContext context{};
  context.data = packet;
  context.length = sizeof(packet);
  const auto run = [&](std::string_view load) {
    return *interpret(image_of("r6 = r1; r0 = 77; r2 = 2; " + std::string(load) + "; r0 += 1000; exit"),
                      reinterpret_cast<uintptr_t>(&context));
  };
  CHECK(run("r0 = *(u32 *)skb[1]") == 0x02030405 + 1000);
  CHECK(run("r0 = *(u16 *)skb[r2 + 1]") == 0x0405 + 1000);
  CHECK(run("r0 = *(u8 *)skb[4]") == 5 + 1000);
  CHECK(run("r0 = *(u8 *)skb[5]") == 0);
  CHECK(run("r0 = *(u32 *)skb[2]") == 0);
  CHECK(run("r0 = *(u8 *)skb[-1]") == 0);
  CHECK(run("r0 = *(u8 *)skb[r2 - 3]") == 0);
}

TEST_CASE("interp: the layout of a packet context that tests/data/isa-cases builds by hand") {
  CHECK(offsetof(PacketContext, data) == 192);
  CHECK(offsetof(PacketContext, length) == 200);
}
