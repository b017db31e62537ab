// PROG_TEST_RUN: a program run once or often, on what the caller hands in. Linux: net/bpf/test_run.c.
#include <string.h>

#include <algorithm>

#include "bpf/packet.h"
#include "bpf/syscall/commands.h"

namespace skep::bpf {
namespace {

constexpr uint32_t kOnCpu = 1;  // BPF_F_TEST_RUN_ON_CPU
// A raw tracepoint has up to 12 arguments of 8 bytes. Linux: MAX_BPF_FUNC_ARGS.
constexpr uint32_t kMaxRawArgumentsBytes = 12 * 8;

constexpr uint32_t kEthernetHeaderBytes = 14;
// What one page holds besides Linux's head room (64 + 2 bytes) and its trailer (320 bytes): longer packets are EINVAL
// there.
constexpr uint32_t kMaxPacketBytes = 4096 - 66 - 320;

// Runs the program `repeat` times, 0 counting as once; EINTR when a signal asks the caller to stop.
struct RunResult {
  uint32_t value = 0;
  uint32_t nanoseconds = 0;  // of one run, on average
};
Result<RunResult> run_often(const Program& program, const void* context, uint32_t repeat) {
  repeat = std::max<uint32_t>(repeat, 1);
  RunResult result;
  uint64_t spent_ns = 0;
  for (uint32_t i = 0; i < repeat; i++) {
    platform::preempt_disable();
    const uint64_t start = platform::monotonic_ns();
    result.value = static_cast<uint32_t>(program.run(context));
    spent_ns += platform::monotonic_ns() - start;
    platform::preempt_enable();
    if (platform::current_has_pending_signal()) return fail(Errno::kEINTR);
  }
  result.nanoseconds = static_cast<uint32_t>(std::min<uint64_t>(spent_ns / repeat, UINT32_MAX));
  return result;
}

#define TEST_FIELD(field) __builtin_offsetof(bpf_attr, test.field)

Result<long> run_raw_tracepoint(const Call& call, const Program& program) {
  const auto& in = call.attr.test;
  if (in.data_in || in.data_out || in.ctx_out || in.duration || in.repeat || in.batch_size) return fail(Errno::kEINVAL);
  if (in.ctx_size_in < program.max_context_offset() || in.ctx_size_in > kMaxRawArgumentsBytes)
    return fail(Errno::kEINVAL);
  if ((in.flags & kOnCpu) == 0 && in.cpu != 0) return fail(Errno::kEINVAL);
  // Whole, whatever the caller gave: the verifier lets the program read all of it.
  uint64_t arguments[kMaxRawArgumentsBytes / 8] = {};
  TRY(platform::copy_from_user(arguments, in.ctx_in, in.ctx_size_in));
  RunResult result;
  if (in.flags & kOnCpu) {
    if (in.cpu >= platform::cpu_count()) return fail(Errno::kENXIO);
    struct Job {
      const Program& program;
      const void* arguments;
      uint32_t value;
    } job{program, arguments, 0};
    TRY(platform::run_on_cpu(
        in.cpu,
        [](void* p) {
          auto& j = *static_cast<Job*>(p);
          j.value = static_cast<uint32_t>(j.program.run(j.arguments));
        },
        &job));
    result.value = job.value;
  } else {
    result = TRY(run_often(program, arguments, 1));
  }
  TRY(call.put(TEST_FIELD(retval), result.value));
  return 0;
}

// What lies in [begin, end) of the context.
bool is_zero(const struct __sk_buff& skb, size_t begin, size_t end) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&skb);
  return std::all_of(bytes + begin, bytes + end, [](uint8_t b) { return b == 0; });
}

// The caller may set mark, priority, the interfaces, cb, tstamp, wire_len, gso_segs, gso_size and hwtstamp, nothing
// else.
Result<void> check_context(const struct __sk_buff& skb, uint32_t length) {
#define BEGIN(field) __builtin_offsetof(struct __sk_buff, field)
#define END(field) (__builtin_offsetof(struct __sk_buff, field) + sizeof(skb.field))
  const bool only_allowed = is_zero(skb, 0, BEGIN(mark)) && is_zero(skb, END(mark), BEGIN(priority)) &&
                            is_zero(skb, END(ifindex), BEGIN(cb)) && is_zero(skb, END(cb), BEGIN(tstamp)) &&
                            is_zero(skb, END(gso_segs), BEGIN(gso_size)) &&
                            is_zero(skb, END(gso_size), BEGIN(hwtstamp)) && is_zero(skb, END(hwtstamp), sizeof(skb));
#undef BEGIN
#undef END
  constexpr uint32_t kMaxWireBytes = 65536;  // GSO_LEGACY_MAX_SIZE
  constexpr uint32_t kMaxSegments = 65535;   // GSO_MAX_SEGS
  if (!only_allowed || skb.gso_segs > kMaxSegments) return fail(Errno::kEINVAL);
  if (skb.wire_len != 0 && (skb.wire_len < length || skb.wire_len > kMaxWireBytes)) return fail(Errno::kEINVAL);
  // Interface 1 is the loopback device, which there always is on Linux; no other exists here.
  if (skb.ifindex > 1) return fail(Errno::kENODEV);
  return {};
}

// What the network stack would have filled in for this packet.
void fill_context(PacketContext& context, std::span<const uint8_t> frame) {
  constexpr uint32_t kMulticast = 2;  // PACKET_MULTICAST
  constexpr uint32_t kBroadcast = 1;  // PACKET_BROADCAST
  constexpr uint32_t kOtherHost = 3;  // PACKET_OTHERHOST: the loopback device's own address is all zeros
  constexpr uint32_t kFamilyInet = 2;
  constexpr size_t kIpHeaderBytes = 20;
  const auto packet = frame.subspan(kEthernetHeaderBytes);
  struct __sk_buff& skb = context.skb;
  skb.len = static_cast<uint32_t>(packet.size());
  uint16_t protocol;
  memcpy(&protocol, &frame[12], sizeof(protocol));  // stays in network byte order
  skb.protocol = protocol;
  const auto destination = frame.first(6);
  if (std::ranges::all_of(destination, [](uint8_t b) { return b == 0xff; })) {
    skb.pkt_type = kBroadcast;
  } else if (destination[0] & 1) {
    skb.pkt_type = kMulticast;
  } else if (!std::ranges::all_of(destination, [](uint8_t b) { return b == 0; })) {
    skb.pkt_type = kOtherHost;
  }
  if (skb.ifindex == 0) skb.ifindex = 1;
  if (frame[12] == 0x08 && frame[13] == 0x00 && packet.size() >= kIpHeaderBytes) {
    skb.family = kFamilyInet;
    memcpy(&skb.local_ip4, &packet[12], 4);
    memcpy(&skb.remote_ip4, &packet[16], 4);
  }
  context.data = packet.data();
  context.length = static_cast<uint32_t>(packet.size());
}

Result<long> run_socket_filter(const Call& call, const Program& program) {
  const auto& in = call.attr.test;
  if (in.flags || in.cpu || in.batch_size) return fail(Errno::kEINVAL);
  if (in.data_size_in < kEthernetHeaderBytes || in.data_size_in > kMaxPacketBytes) return fail(Errno::kEINVAL);
  auto frame = TRY(read_user_bytes(in.data_in, in.data_size_in));

  PacketContext context;
  memset(&context, 0, sizeof(context));  // padding, too: it is compared and goes back to user space
  if (in.ctx_in != 0) {
    TRY(check_user_tail_zero(in.ctx_in, sizeof(context.skb), in.ctx_size_in));
    TRY(platform::copy_from_user(&context.skb, in.ctx_in, std::min<size_t>(in.ctx_size_in, sizeof(context.skb))));
    TRY(check_context(context.skb, in.data_size_in - kEthernetHeaderBytes));
  }
  fill_context(context, frame.span());
  const auto result = TRY(run_often(program, &context, in.repeat));

  // The packet goes back with a link header of zeros, which the program did not see.
  memset(frame.data(), 0, kEthernetHeaderBytes);
  Result<void> outcome;
  size_t bytes = frame.size();
  if (in.data_size_out != 0 && bytes > in.data_size_out) {
    bytes = in.data_size_out;
    outcome = fail(Errno::kENOSPC);
  }
  if (in.data_out != 0) TRY(platform::copy_to_user(in.data_out, frame.data(), bytes));
  TRY(call.put(TEST_FIELD(data_size_out), static_cast<uint32_t>(frame.size())));
  TRY(call.put(TEST_FIELD(retval), result.value));
  TRY(call.put(TEST_FIELD(duration), result.nanoseconds));
  TRY(std::move(outcome));

  if (in.ctx_out == 0) return 0;
  struct __sk_buff out;  // of the context, what the caller may set comes back
  memset(&out, 0, sizeof(out));
  const struct __sk_buff& skb = context.skb;
  out.mark = skb.mark;
  out.priority = skb.priority;
  out.ingress_ifindex = skb.ingress_ifindex;
  out.ifindex = skb.ifindex;
  memcpy(out.cb, skb.cb, sizeof(out.cb));
  out.tstamp = skb.tstamp;
  out.wire_len = skb.wire_len != 0 ? skb.wire_len : skb.len;
  out.gso_segs = skb.gso_segs;
  out.hwtstamp = skb.hwtstamp;
  const size_t context_bytes = std::min<size_t>(sizeof(out), in.ctx_size_out);
  TRY(platform::copy_to_user(in.ctx_out, &out, context_bytes));
  TRY(call.put(TEST_FIELD(ctx_size_out), static_cast<uint32_t>(sizeof(out))));
  if (context_bytes < sizeof(out)) return fail(Errno::kENOSPC);
  return 0;
}

// Linux: bpf_prog_test_run_syscall. The program may write its context, which goes back to where it came from.
Result<long> run_syscall(const Call& call, const Program& program) {
  const auto& in = call.attr.test;
  if (in.data_in || in.data_out || in.ctx_out || in.duration || in.repeat || in.flags || in.batch_size) {
    return fail(Errno::kEINVAL);
  }
  if (in.ctx_size_in < program.max_context_offset() || in.ctx_size_in > UINT16_MAX) return fail(Errno::kEINVAL);
  Vec<uint8_t> context;
  if (in.ctx_size_in != 0) context = TRY(read_user_bytes(in.ctx_in, in.ctx_size_in));
  const auto result = TRY(run_often(program, context.data(), 1));
  TRY(call.put(TEST_FIELD(retval), result.value));
  if (in.ctx_size_in != 0) TRY(platform::copy_to_user(in.ctx_in, context.data(), context.size()));
  return 0;
}

}  // namespace

Result<long> prog_test_run(const Call& call) {
  const auto& in = call.attr.test;
  if ((in.ctx_size_in != 0) != (in.ctx_in != 0) || (in.ctx_size_out != 0) != (in.ctx_out != 0))
    return fail(Errno::kEINVAL);
  auto program = TRY(object_from_fd<Program>(in.prog_fd));
  switch (program->type()) {
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
      return run_raw_tracepoint(call, *program);
    case BPF_PROG_TYPE_SYSCALL:
      return run_syscall(call, *program);
    case BPF_PROG_TYPE_SOCKET_FILTER:
      return run_socket_filter(call, *program);
    default:
      return fail(Errno::kENOTSUPP);
  }
}

}  // namespace skep::bpf
