// Reading, writing and seeking.
#include <algorithm>

#include "fs/syscall_args.h"
#include "syscall/table.h"

using namespace skep;
using namespace skep::vfs;

namespace {

IoBuffer user_buffer(uint64_t address, uint64_t bytes) {
  return IoBuffer::user(address, std::min<uint64_t>(bytes, kMaxTransferBytes));
}

// pread, pwrite: the file needs a position, and the given one must be a position.
Result<void> check_position(File& file, uint64_t position) {
  if (static_cast<int64_t>(position) < 0) return fail(Errno::kEINVAL);
  if (!file.can_seek()) return fail(Errno::kESPIPE);
  return {};
}

// The pieces of readv and writev; their lengths add up to at most kMaxTransferBytes.
class IoVector {
 public:
  static Result<IoVector> load(uint64_t address, uint64_t count) {
    if (count > UIO_MAXIOV) return fail(Errno::kEINVAL);
    IoVector v;
    TRY(v.pieces_.resize(count));
    if (count > 0) TRY(copy_from_user(v.pieces_.data(), address, count * sizeof(iovec)));
    for (iovec& piece : v.pieces_) {
      if (static_cast<int64_t>(piece.iov_len) < 0) return fail(Errno::kEINVAL);
      piece.iov_len = std::min<uint64_t>(piece.iov_len, kMaxTransferBytes - v.total_);
      v.total_ += piece.iov_len;
    }
    return v;
  }

  // Calls transfer(IoBuffer) for each piece until one is not filled; an error after the first bytes ends quietly.
  template <typename Transfer>
  Result<size_t> for_each(Transfer&& transfer) const {
    size_t done = 0;
    for (const iovec& piece : pieces_) {
      if (piece.iov_len == 0) continue;
      const Result<size_t> n = transfer(IoBuffer::user(piece.iov_base, piece.iov_len));
      if (!n) return done > 0 ? Result<size_t>(done) : n;
      done += *n;
      if (*n < piece.iov_len) break;
    }
    return done;
  }

  // The pieces of a short write put together: a pipe or a terminal must get it in one go.
  Result<KVector<uint8_t>> gather() const {
    KVector<uint8_t> bytes;
    TRY(bytes.resize(total_));
    size_t at = 0;
    for (const iovec& piece : pieces_) {
      if (piece.iov_len > 0) TRY(copy_from_user(bytes.data() + at, piece.iov_base, piece.iov_len));
      at += piece.iov_len;
    }
    return bytes;
  }

  size_t total() const { return total_; }

 private:
  KVector<iovec> pieces_;
  size_t total_ = 0;
};

Result<size_t> read_vector(uint64_t fd, uint64_t address, uint64_t count, uint64_t* position) {
  const Ref<File> file = TRY(readable_file_at(fd));
  if (position) TRY(check_position(*file, *position));
  const IoVector vector = TRY(IoVector::load(address, count));
  return vector.for_each([&](IoBuffer piece) -> Result<size_t> {
    const size_t n = TRY(file->read(piece, position));
    if (position) *position += n;
    return n;
  });
}

Result<size_t> write_vector(uint64_t fd, uint64_t address, uint64_t count, uint64_t* position) {
  const Ref<File> file = TRY(writable_file_at(fd));
  if (position) TRY(check_position(*file, *position));
  const IoVector vector = TRY(IoVector::load(address, count));
  if (vector.total() <= kPipeBuf) {
    KVector<uint8_t> bytes = TRY(vector.gather());
    return file->write(IoBuffer::kernel(bytes.data(), bytes.size()), position);
  }
  return vector.for_each([&](IoBuffer piece) -> Result<size_t> {
    const size_t n = TRY(file->write(piece, position));
    if (position) *position += n;
    return n;
  });
}

// Copies between two files through a kernel buffer. `position`: where to read, null for the file's own.
Result<size_t> copy_file(File& out, File& in, uint64_t* position, uint64_t bytes) {
  constexpr size_t kChunk = 16384;
  KVector<uint8_t> buffer;
  TRY(buffer.resize(std::min<uint64_t>(bytes, kChunk)));
  size_t done = 0;
  while (done < bytes) {
    const size_t wanted = std::min<uint64_t>(bytes - done, buffer.size());
    const Result<size_t> got = in.read(IoBuffer::kernel(buffer.data(), wanted), position);
    if (!got) return done > 0 ? Result<size_t>(done) : got;
    if (*got == 0) break;
    const Result<size_t> put = out.write(IoBuffer::kernel(buffer.data(), *got), nullptr);
    const size_t moved = put ? *put : 0;
    if (position) {
      *position += moved;
    } else if (moved < *got) {
      // What was read but not written is not lost.
      (void)in.seek(-static_cast<int64_t>(*got - moved), SEEK_CUR);
    }
    done += moved;
    if (!put) return done > 0 ? Result<size_t>(done) : put;
    if (moved < *got || current_signal_pending()) break;
  }
  return done;
}

}  // namespace

extern "C" {

long sys_read(uint64_t fd, uint64_t buffer, uint64_t bytes) {
  return finish(
      [&]() -> Result<size_t> { return TRY(readable_file_at(fd))->read(user_buffer(buffer, bytes), nullptr); });
}

long sys_write(uint64_t fd, uint64_t buffer, uint64_t bytes) {
  return finish(
      [&]() -> Result<size_t> { return TRY(writable_file_at(fd))->write(user_buffer(buffer, bytes), nullptr); });
}

long sys_readv(uint64_t fd, uint64_t vector, uint64_t count) {
  return finish([&] { return read_vector(fd, vector, count, nullptr); });
}

long sys_writev(uint64_t fd, uint64_t vector, uint64_t count) {
  return finish([&] { return write_vector(fd, vector, count, nullptr); });
}

long sys_preadv(uint64_t fd, uint64_t vector, uint64_t count, uint64_t position) {
  return finish([&] { return read_vector(fd, vector, count, &position); });
}

long sys_pwritev(uint64_t fd, uint64_t vector, uint64_t count, uint64_t position) {
  return finish([&] { return write_vector(fd, vector, count, &position); });
}

long sys_pread64(uint64_t fd, uint64_t buffer, uint64_t bytes, uint64_t position) {
  return finish([&]() -> Result<size_t> {
    const Ref<File> file = TRY(readable_file_at(fd));
    TRY(check_position(*file, position));
    return file->read(user_buffer(buffer, bytes), &position);
  });
}

long sys_pwrite64(uint64_t fd, uint64_t buffer, uint64_t bytes, uint64_t position) {
  return finish([&]() -> Result<size_t> {
    const Ref<File> file = TRY(writable_file_at(fd));
    TRY(check_position(*file, position));
    return file->write(user_buffer(buffer, bytes), &position);
  });
}

long sys_lseek(uint64_t fd, uint64_t offset, uint64_t whence) {
  return finish([&]() -> Result<uint64_t> {
    return TRY(file_at(fd))->seek(static_cast<int64_t>(offset), static_cast<int>(whence));
  });
}

long sys_sendfile(uint64_t out_fd, uint64_t in_fd, uint64_t offset, uint64_t bytes) {
  return finish([&]() -> Result<size_t> {
    const Ref<File> in = TRY(readable_file_at(in_fd));
    const Ref<File> out = TRY(writable_file_at(out_fd));
    const uint64_t wanted = std::min<uint64_t>(bytes, kMaxTransferBytes);
    if (offset == 0) return copy_file(*out, *in, nullptr, wanted);
    uint64_t position = TRY(read_user<uint64_t>(offset));
    TRY(check_position(*in, position));
    const size_t n = TRY(copy_file(*out, *in, &position, wanted));
    TRY(write_user(offset, position));
    return n;
  });
}

long sys_ftruncate(uint64_t fd, uint64_t bytes) {
  return finish([&]() -> Result<void> {
    if (static_cast<int64_t>(bytes) < 0) return fail(Errno::kEINVAL);
    const Ref<File> file = TRY(file_at(fd));
    const uint32_t flags = file->flags.load(std::memory_order_relaxed);
    if (flags & O_PATH) return fail(Errno::kEBADF);
    if ((flags & O_ACCMODE) == O_RDONLY) return fail(Errno::kEINVAL);
    return file->truncate(bytes);
  });
}

// Nothing is ever behind memory: there is no disk.
long sys_sync() { return 0; }
long sys_fsync(uint64_t fd) {
  return finish([&]() -> Result<void> {
    const Ref<File> file = TRY(file_at(fd));
    return file->node && file->can_seek() ? Result<void>{} : fail(Errno::kEINVAL);
  });
}
long sys_fdatasync(uint64_t fd) { return sys_fsync(fd); }
long sys_fadvise64(uint64_t fd, uint64_t, uint64_t, uint64_t advice) {
  return finish([&]() -> Result<void> {
    constexpr uint64_t kLastAdvice = 5;  // POSIX_FADV_NOREUSE
    const Ref<File> file = TRY(file_at(fd));
    if (!file->node) return fail(Errno::kESPIPE);
    return advice <= kLastAdvice ? Result<void>{} : fail(Errno::kEINVAL);
  });
}

}  // extern "C"
