// The exploration of a program's paths: the state of the work, and the checks, one file per subject.
//
//   driver.cc      paths, branches, the loop over instructions
//   alu.cc         arithmetic on scalars and pointers
//   branch.cc      conditional jumps and what each side learns
//   memory.cc      loads, stores, atomics: what a pointer may reach
//   stack.cc       the stack, byte by byte
//   context.cc     the context of each program type
//   kernel_objects.cc  what the kernel's BTF describes: arguments of traced functions, loads through pointers
//   call.cc        helper calls
//   dynptr.cc      dynamic pointers on the stack
//   references.cc  what a helper handed out and must be given back
//   frames.cc      calls between functions, and exit
//   global.cc      global functions: verified once, called by their type
//   callback.cc    functions that a helper calls; may_goto
//   stack_depth.cc the stacks of call chains together
//   prune.cc       checkpoints: when a path needs no further look
//   induction.cc   loops whose turns need not be explored one by one
//   invariant.cc   ... and what is assumed of them
//
// Checks return false after refuse(): the rejection is then in rejection().
#pragma once

#include <stdint.h>

#include <initializer_list>

#include "bpf/helpers/helper.h"
#include "bpf/verifier/cfg.h"
#include "bpf/verifier/induction.h"
#include "bpf/verifier/rules.h"
#include "bpf/verifier/state.h"
#include "bpf/verifier/verifier.h"

namespace skep::bpf::verifier {

inline constexpr uint8_t kNoRegister = 0xff;

// A state that was met before, kept to recognise later paths that it covers.
struct Checkpoint {
  State state;
  InsnIndex at = 0;
  Checkpoint* parent = nullptr;  // the checkpoint before it on its path
  Checkpoint* next = nullptr;    // of the same instruction
  uint32_t references = 0;       // its list, younger checkpoints and paths that hang from it
  uint32_t branches = 1;         // paths through it that are not explored to their end; 0: complete
  uint32_t hits = 0;
  uint32_t misses = 0;
  uint8_t told_apart_by = kNoRegister;  // register of the top frame whose comparison failed last
  // The loop that it lies in: only paths in the same entry of that loop may end here. And behind its invariant (or that
  // of one further out): then everything counts, as what is relied on becomes known only with the last turn.
  OpenLoop* loop = nullptr;
  bool exact = false;
  OpenLoop* entry_of = nullptr;      // made where this loop was entered, outside of it
  OpenLoop* invariant_of = nullptr;  // it is the invariant of this loop
  size_t serial = 0;
  // Per frame, a bit for each stack slot: read after this checkpoint before it was overwritten; overwritten between the
  // parent and this checkpoint.
  uint64_t read[kMaxCallDepth] = {};
  uint64_t written[kMaxCallDepth] = {};
  // Per frame, once complete: scalars whose bounds were relied on.
  uint16_t precise_regs[kMaxCallDepth] = {};
  uint64_t precise_slots[kMaxCallDepth] = {};
  // Of these, the ones that made something safe (Demand::kRelied).
  uint16_t relied_regs[kMaxCallDepth] = {};
  uint64_t relied_slots[kMaxCallDepth] = {};
};

// Where exploring starts: the main program, each global function, each callback that runs on its own.
struct Root {
  FrameKind kind = FrameKind::kProgram;
  uint32_t subprogram = 0;
  uint32_t map = 0;  // kAsyncCallback: the map that holds the timer
};

// Listens to one path, for log and explanation.
class Trace {
 public:
  virtual void before_insn(InsnIndex at, const State& state) = 0;
  virtual void after_insn(InsnIndex at, const State& state, uint16_t touched) = 0;
  virtual void new_path(InsnIndex from, InsnIndex to, const State& state) = 0;
  virtual void branch_taken(InsnIndex at, bool taken, bool decided) = 0;
  virtual void path_ended(std::string_view how, InsnIndex from, InsnIndex to) = 0;

 protected:
  ~Trace() = default;
};

struct Statistics {
  uint32_t insns_processed = 0;
  uint32_t total_states = 0;
  uint32_t peak_states = 0;
  uint32_t live_states = 0;
  uint32_t max_states_per_insn = 0;
  uint32_t loops_proved = 0;    // entries into loops whose turns were proved by induction
  uint32_t loops_unrolled = 0;  // ... for which that failed
  size_t peak_bytes = 0;
  uint32_t insns_given_up = 0;  // of insns_processed: looked at behind invariants that did not hold
};

class Analysis {
 public:
  Analysis(const VerifyRequest& request, Shape& shape) : request_(request), shape_(shape) {}
  ~Analysis();
  Analysis(const Analysis&) = delete;
  Analysis& operator=(const Analysis&) = delete;

  // Explores every path. False when the program was refused.
  [[nodiscard]] bool run(Trace* trace);
  // Walks again, alone, the path on which the program was refused, telling `trace`. Stops where it was refused.
  void replay(const Analysis& refused, Trace& trace);

  const Rejection& rejection() const { return rejection_; }
  const Statistics& statistics() const { return statistics_; }
  // Whether a refusal came of what loops were assumed to do, or may have: verify again without (request.unroll_loops).
  bool blames_induction() const { return blames_induction_; }
  // Whether states of several paths were joined into one that says less: verify again without
  // (request.keep_paths_apart).
  bool joined_paths() const { return joined_paths_; }
  const Shape& shape() const { return shape_; }
  const VerifyRequest& request() const { return request_; }
  uint32_t max_context_offset() const { return max_context_offset_; }
  uint32_t max_trace_buffer_offset() const { return max_trace_buffer_offset_; }
  // The registers' knowledge when the program was refused; empty (depth 0) before any path.
  const State& last_state() const { return path_.state; }
  Vec<InsnFacts>& facts() { return facts_; }
  // The map that Reg::object names.
  const Map& map(uint32_t object) const {
    const Map& m = *request_.maps[object & ~kInnerMap];
    return (object & kInnerMap) != 0 ? *m.inner_template() : m;
  }

 private:
  enum class Access : uint8_t { kRead, kWrite };
  enum class Flow : uint8_t { kNext, kPathEnded };

  // What a helper call has learned from the arguments so far (call.cc).
  struct CallFacts {
    const Helper* helper = nullptr;
    uint8_t map_register = kNoRegister;
    uint32_t map = 0;
    uint64_t size_limit = 0;           // largest value of the size argument
    uint64_t allocation = 0;           // value of a kAllocSize argument
    uint32_t released = 0;             // the reference that the call gives back
    uint8_t new_dynptr = kNoRegister;  // points at the stack that the helper makes a dynptr of
    uint8_t dynptr_frame = 0;          // the dynptr that the call is about
    uint8_t dynptr_slot = 0;
    uint32_t released_dynptr = 0;  // its reference, when the call gives it back
    ValueId size_value = kNoValue;
    // Memory on the stack that the helper fills: marked as written once all arguments are checked.
    struct Fill {
      uint8_t reg;
      uint32_t bytes;
    } fills[2] = {};
    uint32_t fill_count = 0;
    bool constant_key = false;
    uint32_t key = 0;
    uint32_t callback = kNoSubprogram;
    bool has_timer = false;
    uint32_t timer_map = 0;  // the map whose value holds the timer
  };
  static constexpr uint32_t kNoSubprogram = UINT32_MAX;

  // ---- Refusing. Always false.
  bool refuse(Rule rule, std::initializer_list<int64_t> values = {}, uint8_t r0 = kNoRegister, uint8_t r1 = kNoRegister,
              std::string_view text = {});
  bool refuse_memory() { return refuse(Rule::kNoMemory); }
  bool out_of_memory() const { return rejection_.rule == Rule::kNoMemory && rejection_.error == Errno::kENOMEM; }
  template <typename T>
  bool ok(const Result<T>& r) {
    return r ? true : refuse_memory();
  }

  // ---- driver.cc
  [[nodiscard]] bool add_roots();
  [[nodiscard]] bool start(uint32_t root);
  [[nodiscard]] bool explore();
  [[nodiscard]] bool count_insn();
  // Asked where memory grows; ENOMEM beyond the limit.
  [[nodiscard]] size_t memory_used() const;
  [[nodiscard]] bool check_memory();
  [[nodiscard]] bool may_keep_checkpoint() const;
  [[nodiscard]] bool walk_one(bool& first, Flow& flow);
  // What the recorder and the trace want to know of the instruction at path_.at, and of the one at `at` behind it.
  void tell_before(bool first);
  void tell_after(InsnIndex at);
  [[nodiscard]] bool step(const Insn& insn, Flow& flow);
  [[nodiscard]] bool load_immediate(const Insn& insn);
  [[nodiscard]] bool check_map_use(const Map& map);
  // An id for a pointer into a value of the map: its lock goes by it. 0 for values without.
  uint32_t new_value_id(uint32_t map_object) { return map(map_object).fields().spin_lock >= 0 ? new_id() : 0; }
  [[nodiscard]] bool load_packet(const Insn& insn, Flow& flow);
  [[nodiscard]] bool packet_load_failed(Flow& flow);
  // The side of a fork() that waited.
  [[nodiscard]] bool go_other_way(const Insn& insn, Flow& flow);
  // At an instruction that can go two ways: leaves a waiting path for the one, and says to take the other now.
  [[nodiscard]] bool fork(bool& taken);
  [[nodiscard]] bool own_top() {
    const auto f = path_.state.own(path_.state.top());
    if (!f) return refuse_memory();
    top_ = *f;
    return true;
  }
  [[nodiscard]] bool end_path();
  // end_path(), then next_path().
  [[nodiscard]] bool finish_path(bool& found);
  // Takes up a waiting path. False in `found` when none is left.
  [[nodiscard]] bool next_path(bool& found);

  // ---- Registers of the top frame, which step() has made the path's own
  Frame& frame() { return *top_; }
  Reg& reg(uint8_t r) { return top_->regs[r]; }
  [[nodiscard]] bool readable(uint8_t r) {
    if (reg(r).kind != RegKind::kNotInit) [[likely]]
      return true;
    return refuse(Rule::kUninitRegister, {}, r);
  }
  [[nodiscard]] bool writable(uint8_t r) {
    if (r != kFrameRegister) [[likely]]
      return true;
    return refuse(Rule::kFramePointerWrite, {}, r);
  }
  void put(uint8_t r, const Reg& value) {
    top_->regs[r] = value;
    top_->regs[r].origin = path_.at;
    touched_ |= static_cast<uint16_t>(1u << r);
  }
  // A scalar computed from the values a and b.
  [[nodiscard]] bool put_scalar(uint8_t r, const Scalar64& s, ValueId a = kNoValue, ValueId b = kNoValue);
  // ... as `a` plus `by`.
  [[nodiscard]] bool put_moved(uint8_t r, const Scalar64& s, ValueId a, ValueId b, const Step& by);
  [[nodiscard]] bool make_scalar(Reg& out, const Scalar64& s, ValueId a = kNoValue, ValueId b = kNoValue);
  [[nodiscard]] bool make_moved(Reg& out, const Scalar64& s, ValueId a, ValueId b, const Step& by);
  void forget(uint8_t r) {
    top_->regs[r] = {};
    touched_ |= static_cast<uint16_t>(1u << r);
  }
  [[nodiscard]] bool demand(const Reg& r, Demand how = Demand::kRelied) {
    return !r.is_scalar() || ok(values_.demand(r.value, how));
  }
  uint32_t new_id() { return ++last_id_; }

  // ---- alu.cc
  [[nodiscard]] bool check_alu(const Insn& insn);
  [[nodiscard]] bool check_move(const Insn& insn);
  [[nodiscard]] bool check_swap(const Insn& insn);
  [[nodiscard]] bool scalar_alu(const Insn& insn, const Scalar64& a, ValueId a_value, const Scalar64& b,
                                ValueId b_value);
  [[nodiscard]] bool put_result(const Insn& insn, const Scalar64& a, ValueId a_value, const Scalar64& b,
                                ValueId b_value);
  // The number is about to be in two places, which then go by one id. Linux: assign_scalar_id_before_mov.
  void name_copies(Reg& number) {
    if (number.off != 0) number.forget_copies();
    if (number.id == 0 && !number.var.is_constant()) number.id = new_id();
  }
  [[nodiscard]] bool pointer_alu(const Insn& insn, const Reg& pointer, const Reg& offset, bool pointer_is_dst);
  [[nodiscard]] bool offset_is_sane(const Reg& r, const Reg& pointer);

  // ---- branch.cc
  [[nodiscard]] bool check_jump(const Insn& insn, Flow& flow);
  // Goes to one side of a conditional jump, with what that side knows. The path ends there when it cannot be.
  [[nodiscard]] bool go(const Insn& insn, bool taken, Flow& flow);
  [[nodiscard]] bool infer_not_null(const Insn& insn, bool taken);
  // Gives every copy of the scalar `id` (in any frame) the value `r`, or what it is when `r` is that.
  [[nodiscard]] bool update_copies(uint32_t id, const Reg& r);
  [[nodiscard]] bool refresh_moved(Reg& copy, const Reg& r);
  // Resolves every copy of the nullable pointer `id`.
  [[nodiscard]] bool resolve_null(uint32_t id, bool is_null);

  // ---- memory.cc
  struct Place {
    uint8_t reg;
    int32_t off;
    uint32_t size;
    bool aligned = false;  // the access must be aligned whatever it reaches
  };
  // One instruction reaches one kind of memory: the context, sockets and kernel objects on every path or on none.
  [[nodiscard]] bool same_kind_of_memory(const Reg& base);
  [[nodiscard]] bool check_load(const Insn& insn);
  [[nodiscard]] bool check_store(const Insn& insn);
  [[nodiscard]] bool check_atomic(const Insn& insn);
  // The value read; for registers only (atomics on the stack pass for_register = false).
  [[nodiscard]] bool read_memory(const Place& place, Reg& out, bool for_register);
  [[nodiscard]] bool write_memory(const Place& place, const Reg& value);
  [[nodiscard]] bool check_alignment(const Place& place, const Reg& base);
  [[nodiscard]] bool check_region(uint8_t regno, const Reg& base, int64_t off, uint64_t size, bool zero_size_ok,
                                  uint64_t region, std::string_view name);
  [[nodiscard]] bool check_map_region(uint8_t regno, const Reg& base, int64_t off, uint64_t size, bool zero_size_ok,
                                      Access access);
  [[nodiscard]] bool check_context_pointer(uint8_t regno, const Reg& base);
  bool read_frozen_map(const Reg& base, int32_t off, uint32_t size, uint64_t& value) const;
  [[nodiscard]] bool check_trace_buffer(const Place& place, const Reg& base);
  [[nodiscard]] bool check_map_structure(const Place& place, const Reg& base, Access access);

  // ---- context.cc
  // What a field of the context holds for the program.
  enum class FieldKind : uint8_t { kNumber, kSocketOrNull, kTraceBuffer };
  [[nodiscard]] bool check_context_access(int32_t off, uint32_t size, Access access, FieldKind& field);
  [[nodiscard]] bool read_context(const Place& place, Reg& out);
  [[nodiscard]] bool check_socket_access(const Place& place, const Reg& base);

  // ---- kernel_objects.cc
  // An argument of the function or tracepoint that the program is for.
  [[nodiscard]] bool read_traced_argument(const Place& place, Reg& out);
  [[nodiscard]] bool traced_parameter(const Place& place, uint32_t& index, uint32_t& type);
  [[nodiscard]] bool read_kernel_object(const Place& place, const Reg& base, Reg& out);
  // A pointer to a structure, by type id; to one by name: opaque when the kernel's BTF does not have it.
  Reg object_pointer(uint32_t structure, PointsInto where = PointsInto::kKernel, bool or_null = false);
  Reg object_pointer(std::string_view structure, KernelType otherwise, bool or_null = false);
  // A helper's argument is a pointer to this structure.
  [[nodiscard]] bool check_object_argument(uint8_t regno, std::string_view structure);

  // ---- stack.cc
  [[nodiscard]] bool check_stack_bounds(uint8_t regno, const Reg& base, int32_t off, uint32_t size, Access access,
                                        std::string_view how);
  [[nodiscard]] bool read_stack(const Place& place, Reg& out, bool for_register);
  [[nodiscard]] bool read_stack_fixed(Frame& f, uint32_t frame_no, int32_t off, uint32_t size, Reg& out,
                                      bool for_register);
  [[nodiscard]] bool read_stack_variable(const Place& place, const Reg& base, Reg& out);
  [[nodiscard]] bool write_stack(const Place& place, const Reg& value);
  [[nodiscard]] bool write_stack_fixed(Frame& f, uint32_t frame_no, int32_t off, uint32_t size, const Reg& value);
  [[nodiscard]] bool write_stack_variable(Frame& f, const Reg& base, int32_t off, uint32_t size, const Reg& value);
  // Memory that a helper reads, or fills when `fill` (then only its bounds matter).
  [[nodiscard]] bool check_stack_range(uint8_t regno, uint32_t size, bool zero_size_ok, bool fill, Access access);
  [[nodiscard]] bool scrub_slot(Slot& slot);
  [[nodiscard]] bool grow_stack(Frame& f, int32_t lowest);
  void note_stack_use(const Frame& f, int32_t lowest);
  [[nodiscard]] bool own_frame(uint32_t frame_no, Frame*& out);
  void mark_slots_read(uint32_t frame_no, uint64_t slots);

  // ---- call.cc
  [[nodiscard]] bool check_helper_call(const Insn& insn, Flow& flow);
  [[nodiscard]] bool finish_helper_call(const CallFacts& call);
  [[nodiscard]] bool check_tail_call(CallFacts& call, bool& taken);
  [[nodiscard]] bool tail_call_taken(Flow& flow);
  [[nodiscard]] bool check_argument(CallFacts& call, uint8_t regno, ArgKind kind, ArgKind next);
  [[nodiscard]] bool check_memory_argument(CallFacts& call, uint8_t regno, uint64_t size, bool zero_size_ok, bool fill,
                                           bool helper_writes);
  [[nodiscard]] bool check_size_argument(CallFacts& call, uint8_t regno, ArgKind memory, bool zero_ok);
  [[nodiscard]] bool check_map_pair(const CallFacts& call);
  // map_rules.cc: the argument points at the structure of the kernel's that it must.
  [[nodiscard]] bool check_lock_argument(const CallFacts& call, uint8_t regno);
  [[nodiscard]] bool check_timer_argument(CallFacts& call, uint8_t regno);
  [[nodiscard]] bool check_field_argument(uint8_t regno, std::string_view name, int32_t MapFields::* field);
  [[nodiscard]] bool set_return_value(const CallFacts& call);
  [[nodiscard]] bool note_call_facts(const CallFacts& call);
  [[nodiscard]] bool constant_key(const CallFacts& call, uint8_t regno, bool& known, uint32_t& key);
  [[nodiscard]] bool check_released(CallFacts& call, uint8_t regno);
  bool bad_argument(uint8_t regno, std::string_view expected);

  // ---- dynptr.cc
  [[nodiscard]] bool dynptr_place(uint8_t regno, uint32_t& slot);
  [[nodiscard]] bool check_new_dynptr(CallFacts& call, uint8_t regno);
  [[nodiscard]] bool check_dynptr(CallFacts& call, uint8_t regno, bool released);
  [[nodiscard]] bool make_dynptr(const CallFacts& call);
  [[nodiscard]] bool drop_dynptr(uint32_t frame_no, uint32_t slot);
  // All pointers into the memory behind a dynptr.
  [[nodiscard]] bool forget_slices(uint32_t frame_no, uint8_t slot);
  // What is about to be written over, unless it must be given back first.
  [[nodiscard]] bool destroy_dynptrs(uint32_t frame_no, int32_t off, uint32_t size);

  // ---- references.cc
  // A new reference, held from now on.
  [[nodiscard]] bool acquire(uint32_t& id);
  bool is_held(uint32_t id) const;
  // Every pointer of which `belongs` is true becomes a mere number.
  template <typename Belongs>
  [[nodiscard]] bool forget_pointers(const Belongs& belongs);
  // Forgets the reference, and all pointers that came with it.
  [[nodiscard]] bool release(uint32_t id);
  [[nodiscard]] bool drop_held(uint32_t id);
  [[nodiscard]] bool nothing_held(Rule rule);
  // Locks. The one that is held, or nullptr; at most one is.
  const Held* lock_held() const;
  [[nodiscard]] bool take_lock(const Reg& value);
  [[nodiscard]] bool drop_lock(const Reg& value);
  // A callback runs any number of times: what it acquires it releases, and what its caller holds stays held.
  [[nodiscard]] bool callback_holds_nothing();
  uint32_t callback_frame() const;

  // ---- frames.cc
  [[nodiscard]] bool call_function(const Insn& insn);
  // A new frame for `subprogram`, called at path_.at; top_ is the callee's, `caller` the frame below.
  [[nodiscard]] bool push_frame(uint32_t subprogram, FrameKind kind, Frame*& caller);
  [[nodiscard]] bool leave_function(Flow& flow);
  [[nodiscard]] bool check_exit_value();
  [[nodiscard]] bool check_result_range(uint64_t low, uint64_t high, Rule wrong_type, Rule out_of_range);

  // ---- global.cc
  [[nodiscard]] bool start_global(uint32_t subprogram);
  [[nodiscard]] bool call_global(uint32_t subprogram);
  [[nodiscard]] bool check_parameter(const Parameter& parameter, uint8_t regno);

  // ---- callback.cc
  [[nodiscard]] bool load_function(const Insn& insn);
  // The helper may call back: leaves a path for the next turn. `entered` when replaying goes that way.
  [[nodiscard]] bool fork_callback(const CallFacts& call, bool& entered);
  [[nodiscard]] bool enter_callback(const Insn& insn);
  [[nodiscard]] bool leave_callback();
  [[nodiscard]] bool add_async_callback(const CallFacts& call);
  void start_async(const Root& root);
  [[nodiscard]] bool check_may_goto(const Insn& insn);
  [[nodiscard]] bool go_on_at_may_goto();
  // The path has come back to a call that goes on calling back, or to a may_goto, since it was at the checkpoint: at
  // most so often as the helper or may_goto repeats.
  bool repeats_since(const Checkpoint& c) const;
  // Makes numbers that change from turn to turn unknown, unless their bounds matter.
  [[nodiscard]] bool widen(const Checkpoint* before);
  const Checkpoint* last_visit(const Checkpoint* from) const;
  Reg map_key_of(uint32_t map) const;
  Reg map_value_of(uint32_t map);

  // ---- stack_depth.cc
  [[nodiscard]] bool check_combined_stack();

  // ---- prune.cc
  // kRestarted: goes on here, with another state.
  enum class Visit : uint8_t { kContinue, kRestarted, kCovered, kRefused };
  Visit visit_insn();
  enum class Compare : uint8_t {
    kByDemand,  // bounds matter where the complete checkpoint's exploration relied on them
    kWithin,    // all bounds matter, and all of the stack: the checkpoint is not complete yet
    kEqual,
  };
  Visit visit_prune_point();
  bool other_side_comes_here() const;
  bool add_checkpoint();
  Checkpoint* take_checkpoint();
  bool covers(Checkpoint& old, Compare how);
  bool register_covered(const Reg& old, const Reg& now, bool precise, bool exactly);
  bool slot_covered(const Slot& old, const Slot& now, bool precise, bool exactly);
  bool ids_match(uint32_t old_id, uint32_t new_id);
  bool held_match(const State& old, const State& now, bool exactly);
  [[nodiscard]] bool inherit_demands(const Checkpoint& old, Compare how);
  [[nodiscard]] bool inherit_all(const Checkpoint& old);
  static bool same_calls(const State& a, const State& b);
  [[nodiscard]] bool complete(Checkpoint& c);
  [[nodiscard]] bool demand_copies(Checkpoint& c);
  bool may_join_paths() const;
  [[nodiscard]] bool join_paths(const Checkpoint& with, bool& changed);
  void drop_reference(Checkpoint* c);
  uint16_t live_registers(const State& state, uint32_t frame_no, InsnIndex at) const;
  void drop_checkpoints_from(size_t serial);
  bool distances_agree(ValueId old, ValueId now) const;

  // ---- induction.cc
  // The path has come back to the loop's head.
  Visit come_around(OpenLoop& loop);
  [[nodiscard]] bool count_in_loop();
  Visit open_loop();
  Visit widen_invariant(OpenLoop& loop);
  Visit unroll_from_here(OpenLoop& loop);
  void leave_loops();
  bool at_head_of(const OpenLoop* loop) const;
  // `loop` or the nearest around it that is not unrolled.
  static OpenLoop* assumed_in(OpenLoop* loop) {
    while (loop && loop->phase == LoopPhase::kUnrolled) loop = loop->outer;
    return loop;
  }
  void invariant_proved(OpenLoop& loop, const Checkpoint& at);
  [[nodiscard]] bool place_anchors(OpenLoop& loop);
  void unroll(OpenLoop& loop);
  [[nodiscard]] bool assume(OpenLoop& loop);
  bool remember_retreat(OpenLoop& loop);
  void forget_retreat(OpenLoop& loop);
  bool is_inside(const OpenLoop& loop) const;
  bool is_under(const OpenLoop* loop) const;
  void retreat(OpenLoop& to);
  bool retreat_from_refusal();
  void give_up(OpenLoop& loop);
  static uint64_t length_of(const OpenLoop& loop);
  bool turns_are_affordable(const OpenLoop& loop) const;
  void close_loop(OpenLoop& loop);
  void note_test(const Insn& insn, const Reg& left, const Reg& right, bool taken);
  bool assumes(const OpenLoop& loop) const { return (path_.loop.assumed >> loop.level & 1) != 0; }

  // ---- invariant.cc
  // The smallest of a few ranges around both.
  static Scalar64 widened(const Scalar64& a, const Scalar64& b);
  // The invariant of `before` (an earlier one, or the state at entry) and the state of the path. False: there is none.
  bool build_invariant(OpenLoop& loop, const State& before, State& out);
  bool join_register(OpenLoop& loop, uint32_t place, const Reg& before, const Reg& now, Reg& out, bool& good);
  bool join_slot(OpenLoop& loop, uint32_t place, const Slot& before, const Slot& now, Slot& out);
  bool choose_counter(OpenLoop& loop);
  bool guess_reach(const OpenLoop& loop, uint32_t place, uint64_t& reach) const;
  bool reached_by(const OpenLoop& loop, uint32_t place, const Scalar64& now, uint64_t& reach) const;
  bool set_ranges(OpenLoop& loop, State& out);
  // The path's state is one more turn of what the invariant says. `good` is false without memory.
  bool closes(OpenLoop& loop, bool& good);
  bool register_closes(OpenLoop& loop, uint32_t place, const Reg& assumed, const Reg& now, bool& good);
  const Reg* at_place(const State& state, uint32_t place) const;

  bool decision(size_t i) const { return (decisions_[i / 64] >> (i % 64) & 1) != 0; }
  [[nodiscard]] bool record_decision(bool taken);

  const VerifyRequest& request_;
  Shape& shape_;
  FramePool pool_{shape_.scratch};  // outlives every State below
  Values values_{shape_.scratch};
  Path path_;
  Frame* top_ = nullptr;  // the path's top frame, owned, during step()
  uint16_t touched_ = 0;  // registers that the current instruction wrote
  uint32_t last_id_ = 0;
  uint32_t last_instance_ = 0;     // of Frame::instance
  uint32_t last_helper_call_ = 0;  // of Frame::helper_call
  ScratchVec<Root> roots_{shape_.scratch};
  ScratchVec<uint8_t> called_back_{shape_.scratch};  // per subprogram: entered from a helper that waits for it
  ScratchVec<Path> waiting_{shape_.scratch};
  ScratchVec<uint64_t> decisions_{shape_.scratch};       // one bit for each two-sided branch of the current path
  ScratchVec<Checkpoint*> checkpoints_{shape_.scratch};  // per instruction
  Vec<InsnFacts> facts_;
  Statistics statistics_;
  // Loops. `assumptions_`: those behind whose invariants something waits to be explored, the oldest first.
  OpenLoop* all_loops_ = nullptr;
  uint32_t loop_count_ = 0;
  ScratchVec<OpenLoop*> assumptions_{shape_.scratch};
  ScratchVec<uint8_t> failures_{shape_.scratch};  // per loop of the forest
  uint32_t open_loops_ = 0;
  uint64_t run_length_ = 0;  // instructions that one run of the program can execute, at most
  bool blames_induction_ = false;
  bool joined_paths_ = false;
  OpenLoop* too_long_ = nullptr;                          // found to make runs too long
  ScratchVec<InsnIndex> checkpoint_log_{shape_.scratch};  // where each checkpoint was made, by serial
  uint64_t claims_ = 0;
  uint32_t jumps_processed_ = 0;
  uint32_t jumps_at_last_checkpoint_ = 0;
  uint32_t insns_at_last_checkpoint_ = 0;
  uint32_t max_context_offset_ = 0;
  uint32_t max_trace_buffer_offset_ = 0;
  // Per instruction that loads or stores: 1 + RegKind, 1 for ordinary memory, 0 unknown.
  ScratchVec<uint8_t> memory_kinds_{shape_.scratch};
  Rejection rejection_;
  Checkpoint* free_checkpoints_ = nullptr;  // by their `next`: memory to reuse
  Trace* trace_ = nullptr;
  bool watched_ = false;                   // by the trace or the request's recorder
  const Analysis* replay_from_ = nullptr;  // replaying: whose decisions to follow
  size_t replay_next_ = 0;

  struct IdPair {
    uint32_t old_id, new_id;
  };
  ScratchVec<IdPair> id_pairs_{shape_.scratch};  // scratch of covers()
};

template <typename Belongs>
bool Analysis::forget_pointers(const Belongs& belongs) {
  for (uint32_t n = 0; n < path_.state.depth(); n++) {
    Frame* f = nullptr;
    for (uint32_t i = 0; i < kRegisters; i++) {
      const Reg& seen = path_.state.frame(n).regs[i];
      if (!seen.is_pointer() || !belongs(seen)) continue;
      if (!f && !own_frame(n, f)) return false;
      if (!make_scalar(f->regs[i], Scalar64::unknown())) return false;
      if (n == path_.state.top()) touched_ |= static_cast<uint16_t>(1u << i);
    }
    for (size_t i = 0; i < path_.state.frame(n).stack.size(); i++) {
      const Slot& slot = path_.state.frame(n).stack[i];
      if (!slot.holds_pointer() || !belongs(slot.reg)) continue;
      if (!f && !own_frame(n, f)) return false;
      if (!make_scalar(f->stack[i].reg, Scalar64::unknown())) return false;
    }
  }
  return true;
}

}  // namespace skep::bpf::verifier
