// Callbacks and may_goto: code that repeats an unknown number of times.
//
// A helper that calls back is explored as a loop: at the call, one path goes on behind it, the other enters the
// callback and comes back to the call when the callback returns. The loop ends when a path comes back with nothing that
// an earlier visit of the same path did not cover (prune.cc); so that it does, numbers that change from turn to turn
// and whose bounds nobody relied on become unknown (widen). What the callback did to its caller's stack stays visible.
// Linux: push_callback_call, prepare_func_exit, widen_imprecise_scalars.
#include "bpf/helpers/helper.h"
#include "bpf/verifier/analysis.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::bpf::verifier {
namespace {

// Linux: map_set_for_each_callback_args is there.
bool can_visit_elements(uint32_t map_type) {
  switch (map_type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool Analysis::load_function(const Insn& insn) {
  const uint32_t subprogram = shape_.subprogram_starting_at(insn.target);
  const Prototype& proto = shape_.prototypes[subprogram];
  if (!proto.known) return refuse(Rule::kCallbackNoType);
  if (proto.is_global) return refuse(Rule::kCallbackNotStatic);
  Reg r;
  r.kind = RegKind::kFunc;
  r.object = subprogram;
  r.var = Scalar64::constant(0);
  put(insn.dst, r);
  return true;
}

Reg Analysis::map_key_of(uint32_t map_index) const {
  Reg r;
  r.kind = RegKind::kMem;
  r.read_only = true;
  r.object = map(map_index).attributes().key_size;
  r.var = Scalar64::constant(0);
  return r;
}

Reg Analysis::map_value_of(uint32_t map_index) {
  Reg r;
  r.id = new_value_id(map_index);
  r.kind = RegKind::kMapValue;
  r.object = map_index;
  r.var = Scalar64::constant(0);
  return r;
}

bool Analysis::fork_callback(const CallFacts& call, bool& entered) {
  entered = false;
  const int32_t id = call.helper->id;
  if (id == BPF_FUNC_for_each_map_elem && !can_visit_elements(map(call.map).attributes().type)) {
    return refuse(Rule::kCallbackMap);
  }
  if (id == BPF_FUNC_loop) {
    // After as many turns as r1 allows, the callback is not called once more.
    const Reg& turns = reg(1);
    if (!demand(turns)) return false;
    if (turns.is_scalar() && top_->turns >= turns.var.umax()) {
      top_->turns = top_->helper_call = 0;
      return true;
    }
  }
  if (!fork(entered)) return false;
  if (!entered) top_->turns = top_->helper_call = 0;
  return true;
}

bool Analysis::enter_callback(const Insn& insn) {
  const Helper& helper = *find_helper(insn.imm, program_set_of(request_.prog_type));
  const Reg function = reg(static_cast<uint8_t>(callback_argument(helper) + 1));
  Reg arguments[6];
  switch (helper.id) {
    case BPF_FUNC_loop:
      top_->turns++;
      if (!make_scalar(arguments[1], Scalar64::unknown())) return false;
      arguments[2] = reg(3);
      break;
    case BPF_FUNC_for_each_map_elem:
      arguments[1] = reg(1);
      arguments[2] = map_key_of(reg(1).object);
      arguments[3] = map_value_of(reg(1).object);
      arguments[4] = reg(3);
      break;
    case BPF_FUNC_find_vma:
      arguments[1] = reg(1);
      arguments[2] = object_pointer("vm_area_struct", kVmAreaStruct);
      arguments[3] = reg(4);
      break;
    case BPF_FUNC_user_ringbuf_drain:
      // What user space wrote, for as long as the callback runs.
      arguments[1].kind = RegKind::kDynptr;
      arguments[1].object = kLocalDynptr;
      arguments[1].frame = static_cast<uint8_t>(path_.state.depth());
      arguments[1].dynptr_slot = kNoSlot;
      arguments[1].var = Scalar64::constant(0);
      arguments[2] = reg(3);
      break;
    default:
      return refuse(Rule::kHelperArgument, {helper.id});
  }
  called_back_[function.object] = 1;
  // r1 to r5 stay in the caller's frame: the callback's return leads back to the call, which looks at them again.
  Frame* caller = nullptr;
  if (!push_frame(function.object, FrameKind::kCallback, caller)) return false;
  for (uint8_t r = 1; r <= 5; r++) {
    top_->regs[r] = arguments[r];
    top_->regs[r].origin = top_->call_site;
  }
  path_.state.repeats++;
  return true;
}

bool Analysis::leave_callback() {
  if (!callback_holds_nothing()) return false;
  if (!check_result_range(0, 1, Rule::kCallbackResultType, Rule::kCallbackResult)) return false;
  if (!forget_slices(path_.state.top(), kNoSlot)) return false;
  path_.at = top_->call_site;
  path_.state.pop();
  return own_top() && widen(last_visit(path_.parent));
}

bool Analysis::add_async_callback(const CallFacts& call) {
  if (replay_from_) return true;
  for (const Root& r : roots_) {
    if (r.kind == FrameKind::kAsyncCallback && r.subprogram == call.callback && r.map == call.timer_map) return true;
  }
  return ok(roots_.push_back({FrameKind::kAsyncCallback, call.callback, call.timer_map}));
}

// A timer's: the map, the element's key, its value.
void Analysis::start_async(const Root& root) {
  Reg& map_pointer = reg(1);
  map_pointer.kind = RegKind::kMapPtr;
  map_pointer.object = root.map;
  map_pointer.var = Scalar64::constant(0);
  reg(2) = map_key_of(root.map);
  reg(3) = map_value_of(root.map);
}

// Out of the loop first, so that what follows has said which bounds it relies on before the loop's next turn.
bool Analysis::check_may_goto(const Insn& insn) {
  bool go_on = false;
  if (!fork(go_on)) return false;
  if (go_on) return go_on_at_may_goto();
  path_.at = insn.target;
  return true;
}

bool Analysis::go_on_at_may_goto() {
  const Checkpoint* before = path_.parent;
  if (before && before->at == path_.at) before = before->parent;  // this visit's own
  if (!widen(last_visit(before))) return false;
  path_.at++;
  path_.state.repeats++;
  top_->may_gotos++;
  return true;
}

// That a loop around both comes back here does not count: nothing ends that one.
bool Analysis::repeats_since(const Checkpoint& c) const {
  if (!same_calls(c.state, path_.state)) return false;
  const Frame& then = c.state.frame(c.state.top());
  const Frame& now = path_.state.frame(path_.state.top());
  if (then.instance != now.instance) return false;
  return shape_.code[path_.at].op == Op::kMayGoto ? then.may_gotos != now.may_gotos
                                                  : then.helper_call == now.helper_call;
}

const Checkpoint* Analysis::last_visit(const Checkpoint* from) const {
  for (; from; from = from->parent) {
    if (from->at == path_.at && same_calls(from->state, path_.state)) return from;
  }
  return nullptr;
}

bool Analysis::widen(const Checkpoint* before) {
  if (!before) return true;
  const auto is_loose = [&](const Reg& old, const Reg& now) {
    return old.is_scalar() && now.is_scalar() && !now.var.subset_of(old.var) && !values_.is_relied_on(old.value) &&
           !values_.is_relied_on(now.value);
  };
  for (uint32_t n = 0; n < path_.state.depth(); n++) {
    const Frame& old = before->state.frame(n);
    Frame* f = nullptr;
    for (uint32_t r = 0; r < kRegisters; r++) {
      const Reg now = path_.state.frame(n).regs[r];
      if (!is_loose(old.regs[r], now)) continue;
      if (!f && !own_frame(n, f)) return false;
      if (!make_scalar(f->regs[r], Scalar64::unknown(), now.value)) return false;
    }
    for (size_t i = 0; i < path_.state.frame(n).stack.size() && i < old.stack.size(); i++) {
      const Slot& now = path_.state.frame(n).stack[i];
      if (now.spilled_bytes() == 0 || now.spilled_bytes() != old.stack[i].spilled_bytes()) continue;
      if (!is_loose(old.stack[i].reg, now.reg)) continue;
      if (!f && !own_frame(n, f)) return false;
      Slot& slot = f->stack[i];
      const Scalar64 any = Scalar64::unknown().zero_extended(slot.spilled_bytes() * 8);
      if (!make_scalar(slot.reg, any, slot.reg.value)) return false;
    }
  }
  return true;
}

}  // namespace skep::bpf::verifier
