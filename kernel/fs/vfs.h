// Paths to files. One tree of nodes: the initramfs (a RAM file system), with procfs, sysfs, tracefs and devices mounted
// as nodes of generated content.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

#include "fs/file.h"
#include "lib/result.h"

namespace skep::vfs {

inline constexpr size_t kPathMax = 4096;

// Unpacks cpio newc archives (concatenated ones too, zero padding between them), then mounts /dev /proc /sys. Boot; a
// broken archive is reported and what came before it stays.
void init(std::span<const uint8_t> initramfs);

// `cwd` is an absolute, normalised path; `path` may be relative to it. Flags and mode as openat(2). Checks permissions
// against the current task's ids.
Result<Ref<File>> open(std::string_view cwd, std::string_view path, uint32_t flags, uint32_t mode);

// Reads a whole file for exec; EACCES unless it may be executed. `limit` guards memory (E2BIG, ENOEXEC).
Result<KVector<uint8_t>> read_executable(std::string_view cwd, std::string_view path);

// Registration of generated files, at boot: /proc/NAME, /sys/..., /sys/kernel/debug/tracing/... Directories on the way
// are created. `generate` writes the whole content into the sink on open; `store`, when given, receives a write.
class TextFile {
 public:
  virtual void generate(class FileText& out) = 0;
  virtual Result<void> store(std::string_view) { return fail(Errno::kEACCES); }

 protected:
  ~TextFile() = default;
};
Result<void> register_text_file(std::string_view path, uint32_t mode, TextFile& file);
// A device or stream (console, trace_pipe): `open` makes the File.
using OpenFunction = Result<Ref<File>> (*)(uint32_t flags);
Result<void> register_device(std::string_view path, uint32_t mode, OpenFunction open);

}  // namespace skep::vfs
