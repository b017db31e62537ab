// /proc/PID: what a process looks like from outside. Directories and files are made anew by every look-up and hold only
// the process's id, so nothing here keeps a process alive; after its end everything gives ESRCH or ENOENT.
#include <algorithm>

#include "fs/proc.h"
#include "fs/text_file.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::vfs {

namespace {

constexpr uint64_t kTickNs = 10'000'000;  // USER_HZ is 100

// ---- The text files ----------------------------------------------------------------------------------------------

void print_octal(TextSink& out, uint32_t value) {
  char digits[12];
  size_t n = sizeof(digits);
  do {
    digits[--n] = static_cast<char>('0' + (value & 7));
    value >>= 3;
  } while (value != 0);
  out.write({digits + n, sizeof(digits) - n});
}

std::string_view state_name(char state) {
  switch (state) {
    case 'R':
      return "R (running)";
    case 'S':
      return "S (sleeping)";
    case 'D':
      return "D (disk sleep)";
    case 'T':
      return "T (stopped)";
    default:
      return "Z (zombie)";
  }
}

Result<void> print_status(uint32_t pid, TextSink& out) {
  const ProcessFacts f = TRY(process_facts(pid));
  const Credentials& c = f.credentials;
  format_to(out, "Name:\t{}\nState:\t{}\nTgid:\t{}\nPid:\t{}\nPPid:\t{}\nTracerPid:\t0\n", std::string_view(f.comm),
            state_name(f.state), f.pid, f.pid, f.parent);
  format_to(out, "Uid:\t{}\t{}\t{}\t{}\nGid:\t{}\t{}\t{}\t{}\n", c.uid, c.euid, c.suid, c.euid, c.gid, c.egid, c.sgid,
            c.egid);
  if (f.virtual_bytes != 0) {
    format_to(out, "VmSize:\t{8} kB\nVmRSS:\t{8} kB\n", f.virtual_bytes / 1024, f.resident_pages * 4);
  }
  format_to(out, "Threads:\t{}\nSigPnd:\t{016x}\nSigBlk:\t{016x}\nSigIgn:\t{016x}\nSigCgt:\t{016x}\n", f.threads,
            f.pending_signals, f.blocked_signals, f.ignored_signals, f.caught_signals);
  return {};
}

// The 52 fields of proc(5), "/proc/pid/stat"; those that this kernel keeps no count of are 0.
Result<void> print_stat(uint32_t pid, TextSink& out) {
  const ProcessFacts f = TRY(process_facts(pid));
  format_to(out, "{} ({}) {} {} {} {} 0 -1 0 0 0 0 0 {} {} 0 0 20 0 {} 0 {} {} {} 18446744073709551615", f.pid,
            std::string_view(f.comm), f.state, f.parent, f.pgrp, f.session, f.user_ns / kTickNs, f.system_ns / kTickNs,
            f.threads, f.start_ns / kTickNs, f.virtual_bytes, f.resident_pages);
  format_to(out, " 0 0 0 0 0 {} {} {} {} 0 0 0 17 {} 0 0 0 0 0 0 0 0 0 0 0 0 0\n", f.pending_signals, f.blocked_signals,
            f.ignored_signals, f.caught_signals, f.hart);
  return {};
}

Result<void> print_statm(uint32_t pid, TextSink& out) {
  const ProcessFacts f = TRY(process_facts(pid));
  format_to(out, "{} {} 0 0 0 0 0\n", f.virtual_bytes / 4096, f.resident_pages);
  return {};
}

Result<void> print_comm(uint32_t pid, TextSink& out) {
  const ProcessFacts f = TRY(process_facts(pid));
  format_to(out, "{}\n", std::string_view(f.comm));
  return {};
}

Result<void> print_cmdline(uint32_t pid, TextSink& out) {
  KVector<char> text;
  TRY(text.resize(4096));
  const size_t n = TRY(process_arguments(pid, text.span()));
  out.write({text.data(), std::min(n, text.size())});
  return {};
}

Result<void> print_maps(uint32_t pid, TextSink& out) {
  const Result<void> r = print_process(pid, ProcessText::kMaps, out);
  return !r && r.error() == Errno::kENOENT ? Result<void>{} : r;  // a kernel task has no memory of its own
}

Result<void> print_process_mounts(uint32_t, FileText& out) {
  print_mounts(out);
  return {};
}

using Generator = Result<void> (*)(uint32_t pid, FileText& out);

class ProcessTextReader final : public TextReader {
 public:
  ProcessTextReader(uint32_t pid, Generator generator) : pid_(pid), generator_(generator) {}

 protected:
  Result<void> generate(FileText& out) override { return generator_(pid_, out); }

 private:
  const uint32_t pid_;
  const Generator generator_;
};

uint64_t inode_of(uint32_t pid, uint32_t kind, uint32_t fd = 0) {
  return uint64_t{1} << 56 | uint64_t{kind} << 48 | uint64_t{fd} << 32 | pid;
}

struct Owner {
  uint32_t pid = 0;
  uint32_t uid = 0, gid = 0;
};

class ProcessTextNode final : public Node {
 public:
  ProcessTextNode(const Owner& owner, uint32_t permissions, uint64_t inode, Generator generator)
      : Node(FsType::kProc, S_IFREG | permissions, owner.uid, owner.gid, inode),
        pid_(owner.pid),
        generator_(generator) {}
  Result<Ref<File>> open(uint32_t) override { return TRY(kcreate<ProcessTextReader>(pid_, generator_)); }

 private:
  const uint32_t pid_;
  const Generator generator_;
};

// cwd, exe.
class ProcessLink final : public Node {
 public:
  ProcessLink(const Owner& owner, uint64_t inode, ProcessText what)
      : Node(FsType::kProc, 0120777, owner.uid, owner.gid, inode), pid_(owner.pid), what_(what) {}
  Result<KVector<char>> read_link() override {
    FileText text;
    TRY(print_process(pid_, what_, text));
    return copy_text(text.view());
  }

 private:
  const uint32_t pid_;
  const ProcessText what_;
};

// ---- fd/ and fdinfo/ ---------------------------------------------------------------------------------------------

class DescriptorLink final : public Node {
 public:
  DescriptorLink(const Owner& owner, uint64_t inode, int fd)
      : Node(FsType::kProc, 0120700, owner.uid, owner.gid, inode), pid_(owner.pid), fd_(fd) {}
  Result<KVector<char>> read_link() override {
    FileText text;
    TRY(process_file(pid_, fd_))->describe(text);
    return copy_text(text.view());
  }
  Result<Ref<File>> followed_file() override {
    Result<Ref<File>> file = process_file(pid_, fd_);
    return file ? std::move(file) : fail(Errno::kENOENT);
  }

 private:
  const uint32_t pid_;
  const int fd_;
};

class DescriptorInfo final : public TextReader {
 public:
  DescriptorInfo(uint32_t pid, int fd) : pid_(pid), fd_(fd) {}

 protected:
  Result<void> generate(FileText& out) override {
    const Ref<File> file = TRY(process_file(pid_, fd_));
    format_to(out, "pos:\t{}\nflags:\t0", file->current_position());
    print_octal(out, file->flags.load());
    format_to(out, "\nmnt_id:\t{}\nino:\t{}\n", file->node ? device_number(file->node->fs) : 0,
              file->node ? file->node->ino : 1);
    file->print_fdinfo(out);
    return {};
  }

 private:
  const uint32_t pid_;
  const int fd_;
};

class DescriptorInfoNode final : public Node {
 public:
  DescriptorInfoNode(const Owner& owner, uint64_t inode, int fd)
      : Node(FsType::kProc, S_IFREG | 0400, owner.uid, owner.gid, inode), pid_(owner.pid), fd_(fd) {}
  Result<Ref<File>> open(uint32_t) override { return TRY(kcreate<DescriptorInfo>(pid_, fd_)); }

 private:
  const uint32_t pid_;
  const int fd_;
};

enum Kind : uint32_t { kDirectory = 1, kFdDirectory, kFd, kFdInfoDirectory, kFdInfo, kFirstEntry = 16 };

class DescriptorDirectory final : public Directory {
 public:
  DescriptorDirectory(const Owner& owner, bool info)
      : Directory(FsType::kProc, 0500, false, owner.uid, owner.gid,
                  inode_of(owner.pid, info ? kFdInfoDirectory : kFdDirectory)),
        owner_(owner),
        info_(info) {}

  Result<Ref<Node>> lookup(std::string_view name) override SKEP_REQUIRES(tree_lock) {
    int fd = 0;
    if (name.empty() || name.size() > 6) return fail(Errno::kENOENT);
    for (const char c : name) {
      if (c < '0' || c > '9') return fail(Errno::kENOENT);
      fd = fd * 10 + (c - '0');
    }
    if (!process_file(owner_.pid, fd)) return fail(Errno::kENOENT);
    return make(fd);
  }
  Result<void> list(uint64_t from, EntrySink& sink) override SKEP_REQUIRES(tree_lock) {
    for (int fd = static_cast<int>(from - kFirstCookie); (fd = next_process_descriptor(owner_.pid, fd)) >= 0; fd++) {
      const Ref<Node> node = TRY(make(fd));
      char text[16];
      BufferSink name(text);
      format_to(name, "{}", fd);
      if (!sink.add(name.view(), *node, kFirstCookie + static_cast<uint64_t>(fd) + 1)) break;
    }
    return {};
  }

 private:
  Result<Ref<Node>> make(int fd) {
    const uint64_t inode = inode_of(owner_.pid, info_ ? kFdInfo : kFd, static_cast<uint32_t>(fd));
    if (info_) return TRY(kcreate<DescriptorInfoNode>(owner_, inode, fd));
    return TRY(kcreate<DescriptorLink>(owner_, inode, fd));
  }
  const Owner owner_;
  const bool info_;
};

// ---- The directory -------------------------------------------------------------------------------------------------

using MakeNode = Result<Ref<Node>> (*)(const Owner& owner, uint64_t inode);

template <Generator G, uint32_t Permissions>
Result<Ref<Node>> make_text(const Owner& owner, uint64_t inode) {
  return TRY(kcreate<ProcessTextNode>(owner, Permissions, inode, G));
}
template <ProcessText What>
Result<Ref<Node>> make_process_link(const Owner& owner, uint64_t inode) {
  return TRY(kcreate<ProcessLink>(owner, inode, What));
}
template <bool Info>
Result<Ref<Node>> make_descriptors(const Owner& owner, uint64_t) {
  return TRY(kcreate<DescriptorDirectory>(owner, Info));
}
template <Result<void> (*F)(uint32_t, TextSink&)>
Result<void> as_generator(uint32_t pid, FileText& out) {
  return F(pid, out);
}

constexpr struct {
  std::string_view name;
  MakeNode make;
} kEntries[] = {
    {"status", make_text<as_generator<print_status>, 0444>},
    {"stat", make_text<as_generator<print_stat>, 0444>},
    {"statm", make_text<as_generator<print_statm>, 0444>},
    {"comm", make_text<as_generator<print_comm>, 0444>},
    {"cmdline", make_text<as_generator<print_cmdline>, 0444>},
    {"maps", make_text<as_generator<print_maps>, 0400>},
    {"mounts", make_text<print_process_mounts, 0444>},
    {"cwd", make_process_link<ProcessText::kCwd>},
    {"exe", make_process_link<ProcessText::kExe>},
    {"fd", make_descriptors<false>},
    {"fdinfo", make_descriptors<true>},
};

class ProcessDirectory final : public Directory {
 public:
  explicit ProcessDirectory(const Owner& owner)
      : Directory(FsType::kProc, 0555, false, owner.uid, owner.gid, inode_of(owner.pid, kDirectory)), owner_(owner) {}

  Result<Ref<Node>> lookup(std::string_view name) override SKEP_REQUIRES(tree_lock) {
    if (!process_facts(owner_.pid)) return fail(Errno::kENOENT);
    for (uint32_t i = 0; i < std::size(kEntries); i++) {
      if (kEntries[i].name == name) return make(i);
    }
    return fail(Errno::kENOENT);
  }
  Result<void> list(uint64_t from, EntrySink& sink) override SKEP_REQUIRES(tree_lock) {
    if (!process_facts(owner_.pid)) return fail(Errno::kENOENT);
    for (uint64_t i = from - kFirstCookie; i < std::size(kEntries); i++) {
      const Ref<Node> node = TRY(make(static_cast<uint32_t>(i)));
      if (!sink.add(kEntries[i].name, *node, kFirstCookie + i + 1)) break;
    }
    return {};
  }

 private:
  Result<Ref<Node>> make(uint32_t entry) const {
    return kEntries[entry].make(owner_, inode_of(owner_.pid, kFirstEntry + entry));
  }
  const Owner owner_;
};

}  // namespace

Result<Ref<Node>> make_process_directory(uint32_t pid) {
  const ProcessFacts facts = TRY(process_facts(pid));
  return TRY(kcreate<ProcessDirectory>(Owner{pid, facts.credentials.euid, facts.credentials.egid}));
}

}  // namespace skep::vfs
