#include "bpf/verifier/state.h"

#include <algorithm>
#include <utility>

namespace skep::bpf::verifier {

// Frames and what is in them have memory of the scratch's alone: their destructors have nothing to do.
template <typename... Facts>
Result<Frame*> FramePool::take(const Facts&... facts) {
  if (free_ == nullptr) {
    void* place = scratch_.allocate(sizeof(Frame));
    if (place == nullptr) return fail(Errno::kENOMEM);
    return new (place) Frame(scratch_, facts...);
  }
  Frame* f = std::exchange(free_, free_->next_free);
  static_cast<FrameFacts&>(*f) = FrameFacts(facts...);
  f->stack.clear();
  f->held.clear();
  f->references = 1;
  return f;
}

Result<Frame*> FramePool::create() { return take(); }

Result<Frame*> FramePool::copy_of(const Frame& from) {
  Frame* f = TRY(take(static_cast<const FrameFacts&>(from)));
  if (f->stack.append(from.stack.span()) && (from.held.empty() || f->held.append(from.held.span()))) return f;
  release(f);
  return fail(Errno::kENOMEM);
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

Result<Frame*> State::own_copy(uint32_t i) {
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
