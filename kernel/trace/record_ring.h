// A ring of variable-length records in a fixed block of memory; the newest records survive. Not synchronised: the owner
// names the lock. Nothing here allocates, so it works in any context.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <span>
#include <utility>

namespace skep::trace {

class RecordRing {
 public:
  // `storage` must be a power of two of at least 64 bytes and outlive the ring.
  void use(std::span<uint8_t> storage) {
    storage_ = storage;
    clear();
  }
  // Positions go on counting: one that somebody kept from before (read_at) stays below begin().
  void clear() {
    tail_ = head_;
    lost_ = 0;
  }

  bool empty() const { return head_ == tail_; }
  // The largest record: a quarter of the ring, so that one record never wipes out all others.
  size_t max_record_bytes() const { return storage_.size() / 4 - sizeof(uint32_t); }

  // Appends `first` followed by `second` as one record, dropping the oldest ones to make room. False, and counted as
  // lost, when it is larger than max_record_bytes().
  bool push(std::span<const uint8_t> first, std::span<const uint8_t> second) {
    const size_t bytes = first.size() + second.size();
    if (storage_.empty() || bytes > max_record_bytes()) {
      lost_++;
      return false;
    }
    const uint64_t needed = footprint(bytes);
    while (storage_.size() - (head_ - tail_) < needed) {
      pop();
      lost_++;
    }
    const auto length = static_cast<uint32_t>(bytes);
    copy_in(head_, {reinterpret_cast<const uint8_t*>(&length), sizeof(length)});
    copy_in(head_ + sizeof(length), first);
    copy_in(head_ + sizeof(length) + first.size(), second);
    head_ += needed;
    return true;
  }

  // Copies the oldest record's beginning, as far as `out` reaches; returns the record's full length, 0 when empty.
  size_t peek(std::span<uint8_t> out) const { return read_at(tail_, out); }
  // Removes the oldest record; the ring must not be empty.
  void pop() { tail_ += footprint(length_at(tail_)); }

  // Records dropped since the last call.
  uint64_t take_lost() { return std::exchange(lost_, 0); }
  void count_lost() { lost_++; }

  // For reading without consuming: positions run from begin() to end().
  uint64_t begin() const { return tail_; }
  uint64_t end() const { return head_; }
  size_t read_at(uint64_t position, std::span<uint8_t> out) const {
    if (position == head_) return 0;
    const uint32_t length = length_at(position);
    copy_out(position + sizeof(length), out.first(std::min<size_t>(length, out.size())));
    return length;
  }
  uint64_t next(uint64_t position) const { return position + footprint(length_at(position)); }

 private:
  static uint64_t footprint(size_t bytes) { return (sizeof(uint32_t) + bytes + 7) & ~uint64_t{7}; }
  uint32_t length_at(uint64_t position) const {
    uint32_t length;
    copy_out(position, {reinterpret_cast<uint8_t*>(&length), sizeof(length)});
    return length;
  }
  void copy_in(uint64_t position, std::span<const uint8_t> from) {
    const size_t at = position & (storage_.size() - 1);
    const size_t first = std::min(from.size(), storage_.size() - at);
    if (first > 0) memcpy(&storage_[at], from.data(), first);
    if (from.size() > first) memcpy(&storage_[0], from.data() + first, from.size() - first);
  }
  void copy_out(uint64_t position, std::span<uint8_t> to) const {
    const size_t at = position & (storage_.size() - 1);
    const size_t first = std::min(to.size(), storage_.size() - at);
    if (first > 0) memcpy(to.data(), &storage_[at], first);
    if (to.size() > first) memcpy(to.data() + first, &storage_[0], to.size() - first);
  }

  std::span<uint8_t> storage_;
  uint64_t head_ = 0;  // bytes ever written; the ring's byte is head_ % size
  uint64_t tail_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace skep::trace
