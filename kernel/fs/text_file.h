// Nodes and open files of generated text.
#pragma once

#include "fs/node.h"
#include "fs/vfs.h"

namespace skep::vfs {

// An open generated file: the text as it was when reading began at position 0.
class TextReader : public SeekableFile {
 protected:
  virtual Result<void> generate(FileText& out) = 0;
  virtual Result<void> store(std::string_view) { return fail(Errno::kEACCES); }

  Result<size_t> read_at(IoBuffer buffer, uint64_t position) override;
  Result<size_t> write_at(IoBuffer buffer, uint64_t& position) override;

 private:
  Mutex text_lock_;  // two readers with pread at once
  FileText text_ SKEP_GUARDED_BY(text_lock_);
  bool generated_ SKEP_GUARDED_BY(text_lock_) = false;
};

class TextNode final : public Node {
 public:
  TextNode(FsType fs_type, uint32_t permissions, TextFile& file) : Node(fs_type, 0100000 | permissions), file_(file) {}
  Result<Ref<File>> open(uint32_t flags) override;
  // sysfs attributes claim a page, which is what programs size their buffers by.
  uint64_t size() override { return fs == FsType::kSys ? 4096 : 0; }

 private:
  TextFile& file_;
};

// A file whose content never changes. The caller keeps the bytes.
class FixedNode final : public Node {
 public:
  FixedNode(FsType fs_type, uint32_t permissions, std::span<const uint8_t> content)
      : Node(fs_type, 0100000 | permissions), content_(content) {}
  Result<Ref<File>> open(uint32_t flags) override;
  uint64_t size() override { return content_.size(); }

 private:
  std::span<const uint8_t> content_;
};

}  // namespace skep::vfs
