#include "fs/file.h"

#include <string.h>

#include "fs/node.h"
#include "uapi/fs.h"

namespace skep {

Result<void> IoBuffer::store(size_t offset, const void* from, size_t bytes) const {
  if (kernel_) {
    memcpy(kernel_ + offset, from, bytes);
    return {};
  }
  return copy_to_user(user_ + offset, from, bytes);
}

Result<void> IoBuffer::load(size_t offset, void* to, size_t bytes) const {
  if (kernel_) {
    memcpy(to, kernel_ + offset, bytes);
    return {};
  }
  return copy_from_user(to, user_ + offset, bytes);
}

File::File() = default;
File::~File() = default;

Result<size_t> File::read(IoBuffer, uint64_t*) { return fail(Errno::kEINVAL); }
Result<size_t> File::write(IoBuffer, uint64_t*) { return fail(Errno::kEINVAL); }
Result<uint64_t> File::seek(int64_t, int) { return fail(Errno::kESPIPE); }
Result<long> File::ioctl(uint32_t, uint64_t) { return fail(Errno::kENOTTY); }
Result<size_t> File::read_directory(IoBuffer) { return fail(Errno::kENOTDIR); }
Result<void> File::truncate(uint64_t) { return fail(Errno::kEINVAL); }

Result<void> File::stat(struct stat& out) {
  if (node) {
    node->stat(out);
    return {};
  }
  // Linux's anonymous inodes: one inode for all, no type bits, mode 600.
  memset(&out, 0, sizeof(out));
  out.st_dev = vfs::device_number(vfs::FsType::kAnonymous);
  out.st_ino = 1;
  out.st_mode = 0600;
  out.st_nlink = 1;
  out.st_blksize = 4096;
  return {};
}

void File::describe(TextSink& out) {
  if (!path.empty()) {
    out.write({path.data(), path.size()});
  } else {
    out.write("anon_inode:[file]");
  }
}

Result<size_t> SeekableFile::read(IoBuffer buffer, uint64_t* position) {
  if (position) return read_at(buffer, *position);
  MutexGuard guard(position_lock_);
  const size_t n = TRY(read_at(buffer, position_));
  position_ += n;
  return n;
}

Result<size_t> SeekableFile::write(IoBuffer buffer, uint64_t* position) {
  if (position) return write_at(buffer, *position);
  MutexGuard guard(position_lock_);
  uint64_t at = position_;
  const size_t n = TRY(write_at(buffer, at));
  position_ = at + n;
  return n;
}

Result<size_t> SeekableFile::read_at(IoBuffer, uint64_t) { return fail(Errno::kEINVAL); }
Result<size_t> SeekableFile::write_at(IoBuffer, uint64_t&) { return fail(Errno::kEINVAL); }

Result<uint64_t> SeekableFile::seek(int64_t offset, int whence) {
  MutexGuard guard(position_lock_);
  int64_t base = 0;
  switch (whence) {
    case SEEK_SET:
      break;
    case SEEK_CUR:
      base = static_cast<int64_t>(position_);
      break;
    case SEEK_END:
      base = static_cast<int64_t>(TRY(end_position()));
      break;
    default:
      return fail(Errno::kEINVAL);
  }
  const auto target = checked_add(base, offset);
  if (!target || *target < 0) return fail(Errno::kEINVAL);
  position_ = static_cast<uint64_t>(*target);
  return position_;
}

}  // namespace skep
