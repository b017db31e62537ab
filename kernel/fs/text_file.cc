#include "fs/text_file.h"

#include <algorithm>

namespace skep::vfs {

namespace {

class RegisteredTextReader final : public TextReader {
 public:
  explicit RegisteredTextReader(TextFile& file) : file_(file) {}

 protected:
  Result<void> generate(FileText& out) override {
    file_.generate(out);
    return {};
  }
  Result<void> store(std::string_view text) override { return file_.store(text); }

 private:
  TextFile& file_;
};

class FixedFile final : public SeekableFile {
 public:
  explicit FixedFile(std::span<const uint8_t> content) : content_(content) {}

 protected:
  Result<size_t> read_at(IoBuffer buffer, uint64_t position) override {
    if (position >= content_.size()) return 0;
    const size_t n = std::min<uint64_t>(buffer.size(), content_.size() - position);
    TRY(buffer.store(0, content_.data() + position, n));
    return n;
  }
  Result<uint64_t> end_position() override { return content_.size(); }

 private:
  std::span<const uint8_t> content_;
};

}  // namespace

Result<size_t> TextReader::read_at(IoBuffer buffer, uint64_t position) {
  MutexGuard guard(text_lock_);
  if (!generated_ || position == 0) {
    FileText fresh;
    TRY(generate(fresh));
    if (fresh.failed()) return fail(Errno::kENOMEM);
    text_ = std::move(fresh);
    generated_ = true;
  }
  const std::string_view text = text_.view();
  if (position >= text.size()) return 0;
  const size_t n = std::min<uint64_t>(buffer.size(), text.size() - position);
  TRY(buffer.store(0, text.data() + position, n));
  return n;
}

Result<size_t> TextReader::write_at(IoBuffer buffer, uint64_t&) {
  const size_t n = std::min(buffer.size(), kMaxTextWriteBytes);
  KVector<char> text;
  TRY(text.resize(n));
  TRY(buffer.load(0, text.data(), n));
  TRY(store(view(text)));
  return n;
}

Result<Ref<File>> FixedNode::open(uint32_t) { return TRY(kcreate<FixedFile>(content_)); }
Result<Ref<File>> TextNode::open(uint32_t) { return TRY(kcreate<RegisteredTextReader>(file_)); }

}  // namespace skep::vfs
