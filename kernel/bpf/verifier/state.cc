#include "bpf/verifier/state.h"

namespace skep::bpf::verifier {

FramePool::~FramePool() {
  for (Frame* f : free_) destroy(f);
}

Result<Frame*> FramePool::create() {
  if (!free_.empty()) {
    Frame* f = free_.back();
    free_.pop_back();
    for (Reg& r : f->regs) r = {};
    f->stack.clear();
    f->held.clear();
    f->references = 1;
    f->kind = FrameKind::kProgram;
    f->turns = f->instance = f->helper_call = f->may_gotos = 0;
    return f;
  }
  void* place = platform::allocate(sizeof(Frame));
  if (!place) return fail(Errno::kENOMEM);
  bytes_ += sizeof(Frame);
  return new (place) Frame;
}

Result<Frame*> FramePool::copy_of(const Frame& from) {
  Frame* f = TRY(create());
  const size_t before = f->stack.capacity();
  const size_t held_before = f->held.capacity();
  if (!f->stack.append(from.stack.span()) || !f->held.append(from.held.span())) {
    release(f);
    return fail(Errno::kENOMEM);
  }
  bytes_ += (f->stack.capacity() - before) * sizeof(Slot) + (f->held.capacity() - held_before) * sizeof(Held);
  f->kind = from.kind;
  f->turns = from.turns;
  f->instance = from.instance;
  f->helper_call = from.helper_call;
  f->may_gotos = from.may_gotos;
  f->subprogram = from.subprogram;
  f->call_site = from.call_site;
  for (uint32_t i = 0; i < kRegisters; i++) f->regs[i] = from.regs[i];
  return f;
}

Result<void> FramePool::grow_stack(Frame& frame, size_t slots) {
  const size_t before = frame.stack.capacity();
  TRY(frame.stack.resize(slots));
  bytes_ += (frame.stack.capacity() - before) * sizeof(Slot);
  return {};
}

Result<void> FramePool::add_held(Frame& frame, const Held& held) {
  const size_t before = frame.held.capacity();
  TRY(frame.held.push_back(held));
  bytes_ += (frame.held.capacity() - before) * sizeof(Held);
  return {};
}

void FramePool::release(Frame* frame) {
  if (!free_.push_back(frame)) destroy(frame);
}

State State::share() const {
  State s;
  s.pool_ = pool_;
  s.repeats = repeats;
  s.depth_ = depth_;
  for (uint32_t i = 0; i < depth_; i++) {
    s.frames_[i] = frames_[i];
    s.frames_[i]->references++;
  }
  return s;
}

void State::clear() {
  while (depth_ > 0) pop();
}

Result<Frame*> State::own(uint32_t i) {
  if (frames_[i]->references == 1) return frames_[i];
  Frame* mine = TRY(pool_->copy_of(*frames_[i]));
  frames_[i]->references--;
  frames_[i] = mine;
  return mine;
}

Result<void> State::push(FramePool& pool) {
  pool_ = &pool;
  frames_[depth_] = TRY(pool.create());
  depth_++;
  return {};
}

void State::pop() {
  Frame* f = frames_[--depth_];
  if (--f->references == 0) pool_->release(f);
}

}  // namespace skep::bpf::verifier
