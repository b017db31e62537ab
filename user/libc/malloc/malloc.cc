// The allocator. Memory comes from the kernel in regions that begin at a multiple of kRegion and with a header; the
// region of any pointer is found by rounding (pointer - 1) down. Two kinds:
//  - a slab holds blocks of one size class; it goes back to the kernel when its last block is freed (one empty slab
//    per class is kept, so that a program that frees and allocates at the edge does not map and unmap every time);
//  - a large allocation has a mapping of its own.
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bit>

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kRegion = 32 * 1024;      // a slab; at most two pages are touched per class by a small program
constexpr size_t kAlign = 16;              // the ABI's strictest type (long double)
constexpr size_t kMaxSmall = 4096;         // a slab still holds seven of these
constexpr size_t kMaxRequest = 1UL << 46;  // above any address space here; keeps the size arithmetic from wrapping

struct FreeBlock {
  FreeBlock* next;
};

struct alignas(64) Region {
  uint32_t magic;
  uint16_t size_class;  // kLargeClass: a large allocation
  uint16_t used;        // slab: blocks handed out
  uint16_t fresh;       // slab: blocks never handed out begin at this index
  uint16_t capacity;    // slab: blocks in all
  FreeBlock* free;      // slab: blocks given back
  Region* next;         // slab: list of the class's slabs that have a free block
  Region* prev;
  char* mapping;  // large: what mmap gave
  size_t mapped;  // large: its length
};
static_assert(sizeof(Region) == 64);

constexpr uint32_t kMagic = 0x534b4d31;  // a wrong free() is found by its absence
constexpr uint16_t kLargeClass = 0xffff;

// Classes: 16 to 128 in steps of 16, then four per doubling.
constexpr size_t kLinearClasses = 8;
constexpr size_t kClassCount = kLinearClasses + 4 * 5;  // 160 .. 4096

constexpr size_t class_of(size_t size) {
  if (size <= 128) return size == 0 ? 0 : (size - 1) / 16;
  const size_t log = static_cast<size_t>(std::bit_width(size - 1)) - 1;  // 7: 129..256
  const size_t quarter = (size - 1 - (1UL << log)) >> (log - 2);
  return kLinearClasses + (log - 7) * 4 + quarter;
}
constexpr size_t class_size(size_t c) {
  if (c < kLinearClasses) return (c + 1) * 16;
  const size_t log = 7 + (c - kLinearClasses) / 4;
  return (1UL << log) + ((c - kLinearClasses) % 4 + 1) * (1UL << (log - 2));
}
static_assert(class_of(16) == 0 && class_of(17) == 1 && class_of(128) == 7 && class_of(129) == 8);
static_assert(class_size(8) == 160 && class_of(160) == 8 && class_of(161) == 9);
static_assert(class_of(kMaxSmall) == kClassCount - 1 && class_size(kClassCount - 1) == kMaxSmall);

Region* partial[kClassCount];  // slabs with at least one free block; the fullest use comes from the head

Region* region_of(void* p) {
  auto* r = reinterpret_cast<Region*>((reinterpret_cast<uintptr_t>(p) - 1) & ~(kRegion - 1));
  if (r->magic != kMagic) abort();  // not a pointer of this allocator, or its memory was overrun
  return r;
}

// A mapping of `length` bytes (a multiple of the page) that begins at a multiple of `alignment` (kRegion or more).
char* map_aligned(size_t length, size_t alignment) {
  constexpr int kProt = PROT_READ | PROT_WRITE;
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
  const size_t padded = length + alignment - kPage;
  void* mapped = mmap(nullptr, padded, kProt, kFlags, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* base = static_cast<char*>(mapped);
  const size_t head = -reinterpret_cast<uintptr_t>(base) & (alignment - 1);
  if (head > 0) munmap(base, head);
  const size_t tail = padded - head - length;
  if (tail > 0) munmap(base + head + length, tail);
  return base + head;
}

void unlink_partial(Region* r) {
  if (r->prev != nullptr) {
    r->prev->next = r->next;
  } else {
    partial[r->size_class] = r->next;
  }
  if (r->next != nullptr) r->next->prev = r->prev;
  r->next = r->prev = nullptr;
}
void link_partial(Region* r) {
  r->prev = nullptr;
  r->next = partial[r->size_class];
  if (r->next != nullptr) r->next->prev = r;
  partial[r->size_class] = r;
}

char* block_at(Region* r, size_t index) { return reinterpret_cast<char*>(r + 1) + index * class_size(r->size_class); }

void* allocate_small(size_t c) {
  Region* r = partial[c];
  if (r == nullptr) {
    char* memory = map_aligned(kRegion, kRegion);
    if (memory == nullptr) return nullptr;
    r = reinterpret_cast<Region*>(memory);
    r->magic = kMagic;
    r->size_class = static_cast<uint16_t>(c);
    r->capacity = static_cast<uint16_t>((kRegion - sizeof(Region)) / class_size(c));
    link_partial(r);
  }
  void* block;
  if (r->free != nullptr) {
    block = r->free;
    r->free = r->free->next;
  } else {
    block = block_at(r, r->fresh++);
  }
  if (++r->used == r->capacity) unlink_partial(r);
  return block;
}

void free_small(Region* r, void* p) {
  auto* block = static_cast<FreeBlock*>(p);
  block->next = r->free;
  r->free = block;
  if (r->used-- == r->capacity) link_partial(r);
  // The class's last slab with room stays mapped even when it is empty.
  if (r->used == 0 && (r->next != nullptr || r->prev != nullptr)) {
    unlink_partial(r);
    munmap(r, kRegion);
  }
}

// The user's pointer lies `offset` bytes behind the header: the header's own size, or more for a stricter alignment.
void* allocate_large(size_t size, size_t alignment) {
  const size_t offset = alignment <= sizeof(Region) ? sizeof(Region) : alignment;
  const size_t length = (offset + size + kPage - 1) & ~(kPage - 1);
  // Alignments up to a region's size keep the header at the region's start; above, it stands one region before the
  // pointer, which then is the multiple of the alignment.
  char* base = map_aligned(length, offset <= kRegion ? kRegion : offset);
  if (base == nullptr) return nullptr;
  char* user = base + offset;
  auto* r = reinterpret_cast<Region*>((reinterpret_cast<uintptr_t>(user) - 1) & ~(kRegion - 1));
  r->magic = kMagic;
  r->size_class = kLargeClass;
  r->mapping = base;
  r->mapped = length;
  return user;
}

size_t usable_size(Region* r, void* p) {
  if (r->size_class != kLargeClass) return class_size(r->size_class);
  return static_cast<size_t>(r->mapping + r->mapped - static_cast<char*>(p));
}

void* fail() {
  errno = ENOMEM;
  return nullptr;
}

}  // namespace

extern "C" {

void* malloc(size_t size) {
  if (size > kMaxRequest) return fail();
  void* p = size <= kMaxSmall ? allocate_small(class_of(size)) : allocate_large(size, kAlign);
  return p != nullptr ? p : fail();
}

void free(void* p) {
  if (p == nullptr) return;
  const int saved = errno;  // POSIX: free leaves errno alone
  Region* r = region_of(p);
  if (r->size_class == kLargeClass) {
    munmap(r->mapping, r->mapped);
  } else {
    free_small(r, p);
  }
  errno = saved;
}

void* calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return fail();
  void* p = malloc(bytes);
  if (p != nullptr && bytes <= kMaxSmall) memset(p, 0, bytes);  // a large mapping is zero already
  return p;
}

void* realloc(void* p, size_t size) {
  if (p == nullptr) return malloc(size);
  Region* r = region_of(p);
  const size_t have = usable_size(r, p);
  // Kept in place when it fits and no more than half of it would lie idle.
  if (size <= have && (size >= have / 2 || have <= 64)) return p;
  void* q = malloc(size);
  if (q == nullptr) return size <= have ? p : nullptr;
  memcpy(q, p, have < size ? have : size);
  free(p);
  return q;
}

void* reallocarray(void* p, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return fail();
  return realloc(p, bytes);
}

void* aligned_alloc(size_t alignment, size_t size) {
  if (!std::has_single_bit(alignment)) {
    errno = EINVAL;
    return nullptr;
  }
  if (alignment <= kAlign) return malloc(size);
  if (size > kMaxRequest || alignment > kMaxRequest) return fail();
  // A slab's blocks begin 64 bytes into the region: classes that are multiples of 64 are aligned to 64.
  if (alignment <= 64 && size <= kMaxSmall) {
    for (size_t c = class_of(size < 64 ? 64 : size); c < kClassCount; c++) {
      if (class_size(c) % 64 == 0) {
        void* p = allocate_small(c);
        return p != nullptr ? p : fail();
      }
    }
  }
  void* p = allocate_large(size, alignment);
  return p != nullptr ? p : fail();
}

void* memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }

int posix_memalign(void** out, size_t alignment, size_t size) {
  if (alignment < sizeof(void*) || !std::has_single_bit(alignment)) return EINVAL;
  const int saved = errno;
  void* p = aligned_alloc(alignment, size);
  errno = saved;
  if (p == nullptr) return ENOMEM;
  *out = p;
  return 0;
}

size_t malloc_usable_size(void* p) { return p == nullptr ? 0 : usable_size(region_of(p), p); }
}
