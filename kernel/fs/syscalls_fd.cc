// Descriptors.
#include <algorithm>

#include "fs/pipe.h"
#include "fs/syscall_args.h"
#include "syscall/table.h"

using namespace skep;
using namespace skep::vfs;

namespace {

Result<int> open_at(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mode) {
  const PathArgument argument = TRY(path_argument(dirfd, path));
  const auto narrow = static_cast<uint32_t>(flags);
  Ref<File> file = TRY(vfs::open(argument.directory(), argument.path(), narrow, static_cast<uint32_t>(mode)));
  return current_fd_table().install(std::move(file), (narrow & O_CLOEXEC) != 0);
}

Result<long> set_flags(File& file, uint32_t wanted) {
  constexpr uint32_t kChangeable = O_APPEND | O_NONBLOCK | O_NOATIME | O_DIRECT | O_ASYNC;
  uint32_t old = file.flags.load();
  while (!file.flags.compare_exchange_weak(old, (old & ~kChangeable) | (wanted & kChangeable))) {
  }
  return 0;
}

Result<long> control(uint64_t fd, uint32_t command, uint64_t argument) {
  FdTable& table = current_fd_table();
  const auto number = static_cast<int>(fd);
  const Ref<File> file = TRY(table.get(number));
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return TRY(table.install(file, command == F_DUPFD_CLOEXEC, static_cast<int>(argument)));
    case F_GETFD:
      return TRY(table.close_on_exec_of(number)) ? FD_CLOEXEC : 0;
    case F_SETFD:
      TRY(table.set_close_on_exec(number, (argument & FD_CLOEXEC) != 0));
      return 0;
    case F_GETFL:
      return static_cast<long>(file->flags.load());
    case F_SETFL:
      return set_flags(*file, static_cast<uint32_t>(argument));
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ: {
      struct stat facts;
      TRY(file->stat(facts));
      if (!S_ISFIFO(facts.st_mode)) return fail(Errno::kEBADF);
      // All pipes have one size: asking for as much or less is granted.
      if (command == F_SETPIPE_SZ && argument > kPipeBytes) return fail(Errno::kEPERM);
      return static_cast<long>(kPipeBytes);
    }
    default:
      return fail(Errno::kEINVAL);
  }
}

Result<long> device_control(uint64_t fd, uint32_t request, uint64_t argument) {
  FdTable& table = current_fd_table();
  const Ref<File> file = TRY(table.get(static_cast<int>(fd)));
  switch (request) {
    case FIOCLEX:
    case FIONCLEX:
      TRY(table.set_close_on_exec(static_cast<int>(fd), request == FIOCLEX));
      return 0;
    case FIONBIO: {
      const auto on = TRY(read_user<int32_t>(argument));
      const uint32_t old = file->flags.load();
      return set_flags(*file, on ? old | O_NONBLOCK : old & ~static_cast<uint32_t>(O_NONBLOCK));
    }
    default:
      return file->ioctl(request, argument);
  }
}

Result<void> make_pipe(uint64_t fds, uint32_t flags) {
  if (flags & ~static_cast<uint32_t>(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) return fail(Errno::kEINVAL);
  if (flags & O_DIRECT) return fail(Errno::kEINVAL);  // packet mode
  PipeEnds ends = TRY(create_pipe(flags & O_NONBLOCK));
  FdTable& table = current_fd_table();
  const bool close_on_exec = (flags & O_CLOEXEC) != 0;
  int numbers[2];
  numbers[0] = TRY(table.install(std::move(ends.reader), close_on_exec));
  const Result<int> second = table.install(std::move(ends.writer), close_on_exec);
  if (!second) {
    (void)table.close(numbers[0]);
    return fail(second.error());
  }
  numbers[1] = *second;
  const Result<void> told = copy_to_user(fds, numbers, sizeof(numbers));
  if (!told) {
    (void)table.close(numbers[0]);
    (void)table.close(numbers[1]);
  }
  return told;
}

}  // namespace

extern "C" {

long sys_openat(uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mode) {
  return finish([&] { return open_at(dirfd, path, flags, mode); });
}

long sys_close(uint64_t fd) { return to_syscall_return(current_fd_table().close(static_cast<int>(fd))); }

long sys_close_range(uint64_t first, uint64_t last, uint64_t flags) {
  constexpr uint32_t kUnshare = 2, kCloseOnExec = 4;
  const auto from = static_cast<uint32_t>(first), to = static_cast<uint32_t>(last), how = static_cast<uint32_t>(flags);
  if (from > to || (how & ~(kUnshare | kCloseOnExec))) return -static_cast<long>(Errno::kEINVAL);
  if (from >= FdTable::kMaxDescriptors) return 0;
  FdTable& table = current_fd_table();
  for (int fd = static_cast<int>(from); (fd = table.next_open(fd)) >= 0 && static_cast<uint32_t>(fd) <= to; fd++) {
    if (how & kCloseOnExec) {
      (void)table.set_close_on_exec(fd, true);
    } else {
      (void)table.close(fd);
    }
  }
  return 0;
}

long sys_dup(uint64_t fd) {
  return finish([&]() -> Result<int> { return current_fd_table().install(TRY(file_at(fd)), false); });
}

long sys_dup3(uint64_t old_fd, uint64_t new_fd, uint64_t flags) {
  return finish([&]() -> Result<int> {
    const auto from = static_cast<int>(old_fd), to = static_cast<int>(new_fd);
    const auto how = static_cast<uint32_t>(flags);
    if (how & ~static_cast<uint32_t>(O_CLOEXEC)) return fail(Errno::kEINVAL);
    if (from == to) return fail(Errno::kEINVAL);
    TRY(current_fd_table().install_at(to, TRY(file_at(old_fd)), (how & O_CLOEXEC) != 0));
    return to;
  });
}

long sys_fcntl(uint64_t fd, uint64_t command, uint64_t argument) {
  return finish([&] { return control(fd, static_cast<uint32_t>(command), argument); });
}

// Advisory locks between processes are not kept: there is nobody who would wait for one.
long sys_flock(uint64_t fd, uint64_t) {
  return finish([&]() -> Result<void> {
    const Result<Ref<File>> file = file_at(fd);
    return fail(file ? Errno::kEOPNOTSUPP : file.error());
  });
}

long sys_pipe2(uint64_t fds, uint64_t flags) {
  return finish([&] { return make_pipe(fds, static_cast<uint32_t>(flags)); });
}

long sys_ioctl(uint64_t fd, uint64_t request, uint64_t argument) {
  return finish([&] { return device_control(fd, static_cast<uint32_t>(request), argument); });
}

long sys_getdents64(uint64_t fd, uint64_t buffer, uint64_t bytes) {
  return finish([&]() -> Result<size_t> {
    return TRY(file_at(fd))->read_directory(IoBuffer::user(buffer, static_cast<uint32_t>(bytes)));
  });
}

}  // extern "C"
