// Intrusive doubly linked list. The element embeds a ListNode and is on at most one list per node; the list owns
// nothing. Not synchronised: the list's owner names the lock.
#pragma once

#include <stddef.h>

namespace skep {

struct ListNode {
  ListNode* next = nullptr;
  ListNode* prev = nullptr;
  bool is_linked() const { return next != nullptr; }
};

template <typename T, ListNode T::* Node>
class List {
 public:
  List() { head_.next = head_.prev = &head_; }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return head_.next == &head_; }
  T* front() { return empty() ? nullptr : element(head_.next); }

  void push_back(T& e) { insert_before(head_, e.*Node); }
  void push_front(T& e) { insert_before(*head_.next, e.*Node); }

  static void remove(T& e) {
    ListNode& n = e.*Node;
    n.prev->next = n.next;
    n.next->prev = n.prev;
    n.next = n.prev = nullptr;
  }

  T* pop_front() {
    T* e = front();
    if (e) remove(*e);
    return e;
  }

  class Iterator {
   public:
    explicit Iterator(ListNode* at) : at_(at), after_(at->next) {}
    T& operator*() const { return *element(at_); }
    // The successor was remembered, so the current element may be removed inside the loop.
    Iterator& operator++() {
      at_ = after_;
      after_ = at_->next;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    ListNode* at_;
    ListNode* after_;
  };
  Iterator begin() { return Iterator(head_.next); }
  Iterator end() { return Iterator(&head_); }

 private:
  static T* element(ListNode* n) {
    // offsetof for a member given by pointer.
    const auto offset = reinterpret_cast<size_t>(&(reinterpret_cast<T*>(size_t{1} << 12)->*Node)) - (size_t{1} << 12);
    return reinterpret_cast<T*>(reinterpret_cast<char*>(n) - offset);
  }
  static void insert_before(ListNode& at, ListNode& n) {
    n.next = &at;
    n.prev = at.prev;
    at.prev->next = &n;
    at.prev = &n;
  }
  ListNode head_;
};

}  // namespace skep
