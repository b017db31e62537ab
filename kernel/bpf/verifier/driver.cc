#include <bit>

#include "bpf/isa/decode.h"
#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::bpf::verifier {
namespace {

constexpr size_t kFirstPaths = 20;  // that wait: enough for many programs

}  // namespace

Analysis::~Analysis() {
  while (all_loops_) {
    OpenLoop* next = all_loops_->next;
    forget_retreat(*all_loops_);
    destroy(all_loops_);
    all_loops_ = next;
  }
}

bool Analysis::refuse(Rule rule, std::initializer_list<int64_t> values, uint8_t r0, uint8_t r1, std::string_view text) {
  rejection_ = {};
  rejection_.error = rule_row(rule).error;
  rejection_.rule = rule;
  rejection_.at = path_.at;
  rejection_.registers[0] = r0;
  rejection_.registers[1] = r1;
  size_t i = 0;
  for (const int64_t v : values) {
    if (i < std::size(rejection_.values)) rejection_.values[i++] = v;
  }
  rejection_.text = text;
  return false;
}

bool Analysis::make_scalar(Reg& out, const Scalar64& s, ValueId a, ValueId b) {
  const auto value = values_.create(a, b);
  if (!value) return refuse_memory();
  out = {};
  out.kind = RegKind::kScalar;
  out.var = s;
  out.value = *value;
  out.origin = path_.at;
  return true;
}

bool Analysis::make_moved(Reg& out, const Scalar64& s, ValueId a, ValueId b, const Step& by) {
  const auto value = values_.create_moved(a, b, by);
  if (!value) return refuse_memory();
  out = {};
  out.kind = RegKind::kScalar;
  out.var = s;
  out.value = *value;
  out.origin = path_.at;
  return true;
}

bool Analysis::put_moved(uint8_t r, const Scalar64& s, ValueId a, ValueId b, const Step& by) {
  touched_ |= static_cast<uint16_t>(1u << r);
  return make_moved(top_->regs[r], s, a, b, by);
}

bool Analysis::put_scalar(uint8_t r, const Scalar64& s, ValueId a, ValueId b) {
  touched_ |= static_cast<uint16_t>(1u << r);
  return make_scalar(top_->regs[r], s, a, b);
}

// Global functions first, as in Linux; callbacks that run on their own join when they are met (callback.cc).
bool Analysis::add_roots() {
  for (uint32_t i = 1; i < shape_.subprograms.size(); i++) {
    if (shape_.prototypes[i].is_global && !ok(roots_.push_back({FrameKind::kGlobal, i}))) return false;
  }
  return ok(roots_.push_back({FrameKind::kProgram, 0}));
}

bool Analysis::start(uint32_t root) {
  const Root& r = roots_[root];
  path_ = {};
  path_.root = root;
  path_.at = path_.came_from = shape_.subprograms[r.subprogram].start;
  if (!ok(path_.state.push(pool_)) || !own_top()) return false;
  top_->kind = r.kind;
  top_->subprogram = r.subprogram;
  Reg& fp = reg(kFrameRegister);
  fp.kind = RegKind::kStack;
  fp.var = Scalar64::constant(0);
  switch (r.kind) {
    case FrameKind::kGlobal:
      return start_global(r.subprogram);
    case FrameKind::kAsyncCallback:
      start_async(r);
      return true;
    default:
      break;
  }
  Reg& context = reg(1);
  context.kind = RegKind::kCtx;
  context.var = Scalar64::constant(0);
  return true;
}

bool Analysis::run(Trace* trace) {
  trace_ = trace;
  watched_ = trace != nullptr || request_.recorder != nullptr;
  const size_t count = shape_.code.size();
  if (!ok(checkpoints_.resize(count)) || !ok(facts_.resize(count)) || !ok(memory_kinds_.resize(count)) ||
      !ok(failures_.resize(shape_.forest.loops.size())) || !ok(called_back_.resize(shape_.subprograms.size())) ||
      !add_roots()) {
    return false;
  }
  for (InsnFacts& f : facts_) f.reachable = false;
  bool accepted = true;
  for (uint32_t root = 0; root < roots_.size() && accepted; root++) accepted = start(root) && explore();
  accepted = accepted && check_memory();
  const bool tried = all_loops_ != nullptr;
  if (!accepted) {
    blames_induction_ = tried && rejection_.rule != Rule::kNoMemory && rejection_.rule != Rule::kInterrupted;
    return false;
  }
  // A stack access that was proved for all turns at once may be counted as deeper than any turn goes.
  accepted = check_combined_stack() && (!tried || run_length_ <= kMaxInsns);
  blames_induction_ = tried && !accepted;
  return accepted;
}

void Analysis::replay(const Analysis& refused, Trace& trace) {
  trace_ = &trace;
  watched_ = true;
  replay_from_ = &refused;
  if (refused.roots_.empty() || !ok(facts_.resize(shape_.code.size())) ||
      !ok(memory_kinds_.resize(shape_.code.size())) || !ok(called_back_.resize(shape_.subprograms.size())) ||
      !ok(roots_.push_back(refused.roots_[refused.path_.root])) || !start(0)) {
    return;
  }
  bool first = true;
  while (path_.length < refused.path_.length) {
    Flow flow = Flow::kNext;
    if (!walk_one(first, flow) || flow != Flow::kNext) return;  // the same rejection, or where exploring was given up
  }
}

bool Analysis::explore() {
  bool first = true;
  for (;;) {
    bool found = true;
    Flow flow = Flow::kNext;
    const Visit visit = visit_insn();
    bool good = visit != Visit::kRefused;
    if (visit == Visit::kCovered) {
      if (trace_) trace_->path_ended("safe", path_.came_from, path_.at);
      flow = Flow::kPathEnded;
    } else if (good) {
      if (visit == Visit::kRestarted) first = true;
      good = count_insn() && walk_one(first, flow);
    }
    if (good && flow == Flow::kPathEnded) {
      good = finish_path(found);
      first = true;
    }
    if (!good) {
      // What a loop was assumed to do may be to blame: then its turns are explored one by one.
      if (!retreat_from_refusal()) return false;
      first = true;
    }
    if (!found) return true;
  }
}

Analysis::Visit Analysis::visit_insn() {
  if (path_.loop.innermost) leave_loops();
  if (!shape_.is_prune_point[path_.at]) return Visit::kContinue;
  const bool at_head = shape_.has_loops && !request_.unroll_loops && shape_.forest.has_loop_at(path_.at);
  OpenLoop* const around = path_.loop.innermost;
  if (at_head && at_head_of(around) && around->phase != LoopPhase::kUnrolled) return come_around(*around);
  const Visit visit = visit_prune_point();
  if (visit != Visit::kContinue || !at_head || at_head_of(around)) return visit;
  return open_loop();
}

bool Analysis::count_insn() {
  if (++statistics_.insns_processed - statistics_.insns_given_up > kMaxInsns) {
    statistics_.insns_processed--;
    return refuse(Rule::kTooComplex, {kMaxInsns + 1});
  }
  if (statistics_.insns_processed % kInterruptPoll == 0) {
    if (request_.interrupted && request_.interrupted()) return refuse(Rule::kInterrupted);
    if (!check_memory()) return false;
  }
  if (!path_.loop.innermost) {
    run_length_++;
    return true;
  }
  return count_in_loop();
}

size_t Analysis::memory_used() const { return shape_.scratch.taken_bytes() + loop_count_ * sizeof(OpenLoop); }

bool Analysis::check_memory() {
  const size_t now = memory_used();
  if (now > statistics_.peak_bytes) statistics_.peak_bytes = now;
  return now <= (request_.memory_limit != 0 ? request_.memory_limit : kMaxVerifierBytes) || refuse_memory();
}

bool Analysis::may_keep_checkpoint() const { return memory_used() < kMaxBytesForCheckpoints; }

// The instruction that the path stands at.
bool Analysis::walk_one(bool& first, Flow& flow) {
  path_.length++;
  facts_[path_.at].reachable = true;
  if (watched_) [[unlikely]]
    tell_before(first);
  first = false;
  const InsnIndex at = path_.at;
  touched_ = 0;
  if (!own_top() || !step(shape_.code[at], flow)) return false;
  path_.came_from = at;
  if (watched_) [[unlikely]]
    tell_after(at);
  return true;
}

void Analysis::tell_before(bool first) {
  if (request_.recorder && !replay_from_) {
    claims_++;
    request_.recorder->claim(path_.at, path_.state, shape_.live[path_.at].any());
  }
  if (!trace_) return;
  if (first) trace_->new_path(path_.came_from, path_.at, path_.state);
  trace_->before_insn(path_.at, path_.state);
}

void Analysis::tell_after(InsnIndex at) {
  if (trace_) trace_->after_insn(at, path_.state, touched_);
}

// Moves path_.at on.
bool Analysis::step(const Insn& insn, Flow& flow) {
  const InsnIndex next = path_.at + (insn.op == Op::kLoadImm64 ? 2 : 1);
  bool good = false;
  switch (insn.op) {
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kSDiv:
    case Op::kMod:
    case Op::kSMod:
    case Op::kOr:
    case Op::kAnd:
    case Op::kXor:
    case Op::kLsh:
    case Op::kRsh:
    case Op::kArsh:
    case Op::kNeg:
      good = check_alu(insn);
      break;
    case Op::kMov:
    case Op::kMovSx:
      good = check_move(insn);
      break;
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
      good = check_swap(insn);
      break;
    case Op::kJa:
      jumps_processed_++;
      path_.at = insn.target;
      return true;
    case Op::kJeq:
    case Op::kJne:
    case Op::kJgt:
    case Op::kJge:
    case Op::kJlt:
    case Op::kJle:
    case Op::kJset:
    case Op::kJsgt:
    case Op::kJsge:
    case Op::kJslt:
    case Op::kJsle:
      jumps_processed_++;
      return check_jump(insn, flow);
    case Op::kMayGoto:
      jumps_processed_++;
      return check_may_goto(insn);
    case Op::kCallHelper:
      jumps_processed_++;
      return check_helper_call(insn, flow);
    case Op::kCallLocal:
      jumps_processed_++;
      return call_function(insn);
    case Op::kCallKfunc:
      return refuse(Rule::kKernelFunctionZero);
    case Op::kCallIndirect:
      return refuse(Rule::kInsnNotSupported, {}, kNoRegister, kNoRegister, "callx");
    case Op::kExit:
      jumps_processed_++;
      return leave_function(flow);
    case Op::kLoad:
    case Op::kLoadSx:
      good = check_load(insn);
      break;
    case Op::kStoreReg:
    case Op::kStoreImm:
      good = check_store(insn);
      break;
    case Op::kAtomic:
      good = check_atomic(insn);
      break;
    case Op::kLoadImm64:
      good = load_immediate(insn);
      break;
    case Op::kLoadAbs:
    case Op::kLoadInd:
      return load_packet(insn, flow);
  }
  if (!good) return false;
  path_.at = next;
  return true;
}

bool Analysis::load_immediate(const Insn& insn) {
  if (!writable(insn.dst)) return false;
  switch (insn.pseudo) {
    case Pseudo::kNone:
      return put_scalar(insn.dst, Scalar64::constant(insn.imm64));
    case Pseudo::kMapFd:
    case Pseudo::kMapIndex:
    case Pseudo::kMapValue:
    case Pseudo::kMapIndexValue: {
      const auto index = static_cast<uint32_t>(insn.imm64);
      if (index >= request_.maps.size()) return refuse(Rule::kMapReference, {static_cast<int32_t>(index)});
      if (!check_map_use(map(index))) return false;
      Reg r;
      r.object = index;
      r.var = Scalar64::constant(0);
      if (insn.pseudo == Pseudo::kMapFd || insn.pseudo == Pseudo::kMapIndex) {
        r.kind = RegKind::kMapPtr;
      } else {
        const auto offset = static_cast<uint32_t>(insn.imm64 >> 32);
        if (offset >= kMaxPointerOffset) return refuse(Rule::kMapDirectHuge, {offset});
        const auto address = map(index).direct_value_address(offset);
        if (!address && address.error() == Errno::kENOTSUPP) return refuse(Rule::kMapDirectAccess);
        if (!address) return refuse(Rule::kMapDirectOffset, {map(index).attributes().value_size, offset});
        r.kind = RegKind::kMapValue;
        r.off = static_cast<int32_t>(offset);  // below value_size, which is below 2^31
      }
      put(insn.dst, r);
      return true;
    }
    case Pseudo::kFunc:
      return load_function(insn);
    case Pseudo::kBtfId:
      return refuse(Rule::kLddwKind);
  }
  return false;
}

// Linux: check_ld_abs. A load beyond the packet ends the function with r0 = 0; inside a called function its caller goes
// on with that, so there both ways are explored.
bool Analysis::load_packet(const Insn& insn, Flow& flow) {
  if (request_.prog_type != BPF_PROG_TYPE_SOCKET_FILTER) return refuse(Rule::kPacketProgram);
  if (!readable(6)) return false;
  if (reg(6).kind != RegKind::kCtx) return refuse(Rule::kPacketContext, {}, 6);
  if (!check_context_pointer(6, reg(6)) || !nothing_held(Rule::kPacketReference)) return false;
  if (insn.op == Op::kLoadInd && !readable(insn.src)) return false;
  bool failed = false;
  if (path_.state.depth() > 1 && !fork(failed)) return false;
  if (failed) return packet_load_failed(flow);
  for (uint8_t r = 1; r <= 5; r++) forget(r);
  path_.at++;
  return put_scalar(0, Scalar64::zero_extended_unknown().zero_extended(insn.size * 8));
}

bool Analysis::packet_load_failed(Flow& flow) { return put_scalar(0, Scalar64::constant(0)) && leave_function(flow); }

bool Analysis::record_decision(bool taken) {
  const size_t word = path_.decisions / 64;
  if (word >= decisions_.size() && !ok(decisions_.push_back(0))) return false;
  const uint64_t bit = uint64_t{1} << (path_.decisions % 64);
  decisions_[word] = taken ? decisions_[word] | bit : decisions_[word] & ~bit;
  path_.decisions++;
  return true;
}

bool Analysis::fork(bool& taken) {
  if (replay_from_) {
    if (replay_next_ >= replay_from_->path_.decisions) return false;  // here exploring was given up
    taken = replay_from_->decision(replay_next_++);
    return true;
  }
  if (waiting_.size() >= kMaxPendingBranches) return refuse(Rule::kTooManyBranches, {kMaxPendingBranches + 1});
  if (waiting_.capacity() == 0 && !ok(waiting_.reserve(kFirstPaths))) return false;
  if (!check_memory() || !ok(waiting_.emplace_back(path_, values_.count()))) return false;
  if (path_.parent) {
    path_.parent->branches++;
    path_.parent->references++;
  }
  taken = false;
  return record_decision(false) && own_top();  // the waiting path shares the frames now
}

// The path is explored: the checkpoints on it that have no other branch left are complete.
bool Analysis::end_path() {
  bool good = true;
  for (Checkpoint* c = path_.parent; c; c = c->parent) {
    if (c->branches == 1 && c->invariant_of && !turns_are_affordable(*c->invariant_of)) {
      too_long_ = c->invariant_of;
      break;
    }
    if (--c->branches != 0) break;
    good = complete(*c) && good;
  }
  drop_reference(path_.parent);
  path_.parent = nullptr;
  path_.state.clear();
  return good;
}

bool Analysis::finish_path(bool& found) { return end_path() && next_path(found); }

bool Analysis::go_other_way(const Insn& insn, Flow& flow) {
  switch (insn.op) {
    case Op::kLoadAbs:
    case Op::kLoadInd:
      return packet_load_failed(flow);
    case Op::kMayGoto:
      return go_on_at_may_goto();
    case Op::kCallHelper:
      if (insn.imm == BPF_FUNC_tail_call) return tail_call_taken(flow);
      return enter_callback(insn);
    default:
      return go(insn, true, flow);
  }
}

bool Analysis::next_path(bool& found) {
  for (;;) {
    if (too_long_) {
      give_up(*too_long_);
      too_long_ = nullptr;
      found = true;
      return true;
    }
    found = !waiting_.empty();
    if (!found) return true;
    path_ = std::move(waiting_.back());
    waiting_.pop_back();
    if (open_loops_ == 0) values_.drop_from(path_.values);
    touched_ = 0;
    if (!own_top() || !record_decision(true)) return false;
    const InsnIndex at = path_.at;
    const Insn& insn = shape_.code[at];
    Flow flow = Flow::kNext;
    if (!go_other_way(insn, flow)) return false;
    path_.came_from = at;
    if (flow == Flow::kNext) return true;
    if (!end_path()) return false;
  }
}

}  // namespace skep::bpf::verifier
