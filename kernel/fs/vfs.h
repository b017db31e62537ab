// Paths to files. One tree of nodes: the initramfs (a RAM file system), with procfs, sysfs, tracefs and devices mounted
// as nodes of generated content. All functions here run in task context (or at boot) and may sleep.
//
// `cwd` is an absolute, normalised path; `path` may be relative to it. Permissions are checked against the current
// task's effective ids, unless said otherwise. Errors are those of Linux's system call of the same purpose.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

#include "fs/file.h"
#include "fs/limits.h"
#include "lib/format.h"
#include "lib/result.h"

struct stat;
struct statfs;

namespace skep::vfs {

// Unpacks cpio newc archives (concatenated ones too, zero padding between them), after mounting /dev /proc /sys. Boot;
// a broken archive is reported and what came before it stays. `initramfs` must stay in place: files refer to it.
void init(std::span<const uint8_t> initramfs);

// ---- Files ---------------------------------------------------------------------------------------------------------

// Flags and mode as openat(2).
Result<Ref<File>> open(std::string_view cwd, std::string_view path, uint32_t flags, uint32_t mode);
// Reads a whole file for exec; EACCES unless it may be executed.
Result<KVector<uint8_t>> read_executable(std::string_view cwd, std::string_view path);

Result<void> make_directory(std::string_view cwd, std::string_view path, uint32_t mode);
Result<void> remove_directory(std::string_view cwd, std::string_view path);
Result<void> unlink(std::string_view cwd, std::string_view path);
Result<void> make_symlink(std::string_view target, std::string_view cwd, std::string_view path);
Result<void> make_link(std::string_view old_cwd, std::string_view old_path, std::string_view cwd, std::string_view path,
                       bool follow);
// flags: RENAME_*.
Result<void> rename(std::string_view old_cwd, std::string_view old_path, std::string_view cwd, std::string_view path,
                    uint32_t flags);
Result<void> truncate(std::string_view cwd, std::string_view path, uint64_t bytes);
Result<KVector<char>> read_link(std::string_view cwd, std::string_view path);
Result<void> stat(std::string_view cwd, std::string_view path, bool follow, struct stat& out);
Result<void> file_system_stat(std::string_view cwd, std::string_view path, struct statfs& out);
// `wanted`: R_OK | W_OK | X_OK, 0 for existence.
Result<void> check_access(std::string_view cwd, std::string_view path, uint32_t wanted, bool real_ids, bool follow);
// The absolute path of a directory that may be entered, for chdir.
Result<KVector<char>> enter_directory(std::string_view cwd, std::string_view path);

// What may be changed of a node; on an open file these act on `file.node`.
struct TimeChange {
  enum class Kind : uint8_t { kOmit, kNow, kSet } kind = Kind::kNow;
  uint64_t ns = 0;
};
struct AttributeChange {
  enum class Kind : uint8_t { kMode, kOwner, kTimes } kind = Kind::kMode;
  uint32_t mode = 0;
  uint32_t uid = ~0u, gid = ~0u;  // ~0: unchanged
  TimeChange accessed, modified;
};
Result<void> change_attributes(std::string_view cwd, std::string_view path, bool follow, const AttributeChange& change);
Result<void> change_attributes(Node& node, const AttributeChange& change);
void file_system_stat(const Node* node, struct statfs& out);  // null: an anonymous file or pipe

// ---- Registration of generated files, at boot ----------------------------------------------------------------------
// /proc/NAME, /sys/..., /sys/kernel/debug/tracing/... (seen at /sys/kernel/tracing too: register both). Directories on
// the way are created. Before or after init().

// Collects the content of a generated file.
class FileText final : public TextSink {
 public:
  void write(std::string_view text) override {
    if (!failed_ && !text_.append({text.data(), text.size()})) failed_ = true;
  }
  bool failed() const { return failed_; }  // out of memory: the reader gets ENOMEM
  std::string_view view() const { return {text_.data(), text_.size()}; }

 private:
  KVector<char> text_;
  bool failed_ = false;
};

// Generated content. `generate` writes all of it, whenever a reader begins at position 0, in the reader's context
// (current_credentials() are the reader's). `store`, when given, receives each write, at most kMaxTextWriteBytes.
class TextFile {
 public:
  virtual void generate(FileText& out) = 0;
  virtual Result<void> store(std::string_view) { return fail(Errno::kEACCES); }

 protected:
  ~TextFile() = default;
};
// A TextFile made of a function.
class TextFunction final : public TextFile {
 public:
  explicit constexpr TextFunction(void (*function)(FileText& out)) : function_(function) {}
  void generate(FileText& out) override { function_(out); }

 private:
  void (*function_)(FileText& out);
};
Result<void> register_text_file(std::string_view path, uint32_t mode, TextFile& file);
// Content that never changes; the caller keeps it.
Result<void> register_fixed_file(std::string_view path, uint32_t mode, std::span<const uint8_t> content);
// A device or stream (console, trace_pipe): `open` makes the File. Below /dev it is a character device with `device` as
// its number, elsewhere it looks like a regular file.
using OpenFunction = Result<Ref<File>> (*)(uint32_t flags);
Result<void> register_device(std::string_view path, uint32_t mode, OpenFunction open, uint64_t device = 0);
Result<void> register_directory(std::string_view path, uint32_t mode);
Result<void> register_symlink(std::string_view path, std::string_view target);

}  // namespace skep::vfs
