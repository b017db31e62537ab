// Memory for the many short-lived parts of one job, given back all at once when the job ends. Handing out a piece costs
// a few instructions, and no piece is given back alone: a container that grows leaves its old memory behind, so that
// its first reservation should be a good guess.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <algorithm>

#include "lib/checked.h"

namespace skep {

// Chunks come from `Allocator` (lib/vector.h says what that is). Each is larger than the one before, so that there are
// few. One task at a time.
template <typename Allocator>
class Arena {
 public:
  // Takes nothing before the first piece is asked for; the first chunk then has room for `bytes`, within reason.
  explicit Arena(size_t bytes) : wanted_bytes_(bytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    while (chunks_ != nullptr) drop(chunks_);
  }

  // `bytes`, at least one: 16-byte aligned, not cleared; nullptr when there is no memory.
  [[nodiscard]] void* allocate(size_t bytes) {
    if (bytes > room_) [[unlikely]] {
      if (!add_chunk(bytes)) return nullptr;
    }
    uint8_t* const piece = next_;
    const size_t whole = std::min(align_up(bytes, kAlignment), room_);
    next_ += whole;
    room_ -= whole;
    return piece;
  }

  // Takes all pieces back. The newest chunk stays for what comes next.
  void clear() {
    if (chunks_ == nullptr) return;
    while (chunks_->before != nullptr) drop(chunks_->before);
    use(*chunks_);
  }

  // Of all chunks that were ever taken.
  size_t taken_bytes() const { return taken_bytes_; }

 private:
  static constexpr size_t kAlignment = 16;
  static constexpr size_t kMostBytes = size_t{1} << 20;  // of a chunk, unless one piece is larger

  struct alignas(kAlignment) Chunk {
    Chunk* before;
    size_t bytes;  // behind this
  };

  static void drop(Chunk*& chunk) {
    Chunk* const before = chunk->before;
    Allocator::release(chunk);
    chunk = before;
  }

  void use(Chunk& chunk) {
    next_ = reinterpret_cast<uint8_t*>(&chunk + 1);
    room_ = chunk.bytes;
  }

  [[gnu::noinline]] bool add_chunk(size_t least) {
    const size_t bytes = std::max(least, std::min(wanted_bytes_, kMostBytes));
    const auto whole = checked_add(bytes, sizeof(Chunk));
    if (!whole) return false;
    auto* const fresh = static_cast<Chunk*>(Allocator::allocate_uncleared(*whole));
    if (fresh == nullptr) return false;
    fresh->before = chunks_;
    fresh->bytes = bytes;
    taken_bytes_ += *whole;
    chunks_ = fresh;
    use(*fresh);
    wanted_bytes_ = std::min(bytes, kMostBytes) * 2;
    return true;
  }

  Chunk* chunks_ = nullptr;  // the newest
  uint8_t* next_ = nullptr;  // in it
  size_t room_ = 0;          // behind `next_`
  size_t wanted_bytes_;
  size_t taken_bytes_ = 0;
};

// For containers whose memory is an arena's, which has to outlive them.
template <typename Allocator>
class ArenaAllocator {
 public:
  ArenaAllocator(Arena<Allocator>& arena) : arena_(&arena) {}  // NOLINT(google-explicit-constructor): it is the arena
  void* allocate_uncleared(size_t bytes) const { return arena_->allocate(bytes); }
  void release(void*) const {}

 private:
  Arena<Allocator>* arena_;
};

}  // namespace skep
