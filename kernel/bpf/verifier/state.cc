#include "bpf/verifier/state.h"

#include <algorithm>
#include <utility>

namespace skep::bpf::verifier {

// Frames and what is in them have memory of the pool's alone: their destructors have nothing to do.
Frame* FramePool::take() {
  if (free_ != nullptr) return std::exchange(free_, free_->next_free);
  void* place = scratch_.allocate(sizeof(Frame));
  return place != nullptr ? new (place) Frame(scratch_) : nullptr;
}

Result<Frame*> FramePool::create() {
  Frame* f = take();
  if (f == nullptr) return fail(Errno::kENOMEM);
  for (Reg& r : f->regs) r = {};
  f->stack.clear();
  f->held.clear();
  f->references = 1;
  f->kind = FrameKind::kProgram;
  f->turns = f->instance = f->helper_call = f->may_gotos = 0;
  return f;
}

Result<Frame*> FramePool::copy_of(const Frame& from) {
  Frame* f = take();
  if (f == nullptr) return fail(Errno::kENOMEM);
  f->stack.clear();
  f->held.clear();
  if (!f->stack.append(from.stack.span()) || !f->held.append(from.held.span())) {
    release(f);
    return fail(Errno::kENOMEM);
  }
  f->references = 1;
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
  const size_t had = frame.stack.capacity();
  if (slots > had) TRY(frame.stack.reserve(std::max(slots, had * 2)));
  return frame.stack.resize(slots);
}

void FramePool::release(Frame* frame) {
  frame->next_free = free_;
  free_ = frame;
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
