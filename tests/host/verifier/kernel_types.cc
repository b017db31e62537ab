#include "tests/host/verifier/kernel_types.h"

#include "tests/host/btf/btf_builder.h"

namespace skep::verifier_test {

using bpf::BtfKind;

std::vector<uint8_t> kernel_types_blob() {
  test::BtfBuilder b;
  const auto u32 = b.integer("unsigned int", 4, 0);
  const auto u64 = b.integer("unsigned long", 8, 0);
  const auto letter = b.integer("char", 1, 1);
  const auto name = b.array(letter, u32, 16);
  const auto registers = b.array(u64, u32, 36);
  b.structure("pt_regs", 288, {{"r", registers, 0}});
  const auto pair = b.structure("pair", 8, {{"a", u32, 0}, {"b", u32, 32}});
  const auto pairs = b.array(pair, u32, 2);
  const auto more_pairs = b.array(pair, u32, 0);
  const auto either = b.structure("", 8, {{"half", u32, 0}, {"whole", u64, 0}}, true);
  const auto list = b.next_id() + 1;
  const auto link = b.pointer(list);
  b.structure("list_head", 16, {{"next", link, 0}, {"prev", link, 64}});
  const auto user_pair = b.pointer(b.type(BtfKind::kTypeTag, "user", pair));
  const auto cpu_pair = b.pointer(b.type(BtfKind::kTypeTag, "percpu", pair));
  const auto unknown = b.pointer(b.type(BtfKind::kFwd, "mm_struct", 0));
  const auto task = b.next_id() + 2;
  const auto task_pointer = b.pointer(b.type(BtfKind::kConst, "", task));
  b.structure("task_struct", kTaskBytes,
              {{"flags", u32, 0},
               {"in_execve", u32, 1u << 24 | 32},
               {"exit_code", u32, 9u << 24 | 33},
               {"real_parent", task_pointer, 64},
               {"group_leader", task_pointer, 128},
               {"comm", name, 192},
               {"", either, 320},
               {"tasks", list, 384},
               {"user_pair", user_pair, 512},
               {"cpu_pair", cpu_pair, 576},
               {"mm", unknown, 640},
               {"pid", u32, 704},
               {"tgid", u32, 736},
               {"pairs", pairs, 768},
               {"last", u64, 960},
               {"more", more_pairs, 1088}},
              false, true);
  b.structure("holder", 152, {{"count", u64, 0}, {"task", task, 64}});
  const auto holder = b.pointer(b.next_id() - 1);
  const auto text = b.pointer(b.type(BtfKind::kConst, "", letter));
  const auto nothing = b.pointer(0);
  const auto text_pointer = b.pointer(text);
  const auto real = b.type(BtfKind::kFloat, "double", 8);
  b.function("wake_up", b.prototype(task_pointer, {{"task", task_pointer},
                                                   {"mode", u32},
                                                   {"name", text},
                                                   {"data", nothing},
                                                   {"names", text_pointer},
                                                   {"ratio", real},
                                                   {"holder", holder},
                                                   {"pair", pair}}));
  b.function("do_nothing", b.prototype(0, {}));
  b.function("bpf_iter_task", b.prototype(u32, {{"meta", holder}, {"task", task_pointer}}));
  b.alias("btf_trace_sched_switch",
          b.pointer(b.prototype(0, {{"data", nothing}, {"preempt", u32}, {"prev", task_pointer}})));
  b.alias("btf_trace_wrong", u32);
  b.alias("size_t", u64);
  return b.bytes();
}

}  // namespace skep::verifier_test
