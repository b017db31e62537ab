// Redirection of descriptors.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <utility>

#include "shell.h"

namespace sh {
namespace {

constexpr int kSavedFrom = 10;  // POSIX leaves 0 to 9 to scripts

// A descriptor from which the text can be read: a pipe if it fits into one, else a file without a name.
int document_descriptor(const std::string& text) {
  constexpr size_t kPipeHolds = 4096;
  if (text.size() <= kPipeHolds) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    const ssize_t n = text.empty() ? 0 : write(ends[1], text.data(), text.size());
    close(ends[1]);
    if (n == static_cast<ssize_t>(text.size())) return ends[0];
    close(ends[0]);
    return -1;
  }
  char path[] = "/tmp/shXXXXXX";
  const int fd = mkstemp(path);
  if (fd < 0) return -1;
  unlink(path);
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n <= 0) {
      close(fd);
      return -1;
    }
    done += static_cast<size_t>(n);
  }
  lseek(fd, 0, SEEK_SET);
  return fd;
}

int open_flags(RedirectKind kind) {
  switch (kind) {
    case RedirectKind::kOut:
      return O_WRONLY | O_CREAT | O_TRUNC;
    case RedirectKind::kAppend:
      return O_WRONLY | O_CREAT | O_APPEND;
    case RedirectKind::kReadWrite:
      return O_RDWR | O_CREAT;
    default:
      return O_RDONLY;
  }
}

// Keeps what fd is now, to be put back; -1 stands for "it was closed".
void save(int fd, std::vector<std::pair<int, int>>* saved) {
  if (saved == nullptr) return;
  for (const auto& [already, copy] : *saved) {
    if (already == fd) return;
  }
  saved->emplace_back(fd, fcntl(fd, F_DUPFD_CLOEXEC, kSavedFrom));
}

bool apply(const Redirect& redirect, std::vector<std::pair<int, int>>* saved) {
  if (redirect.kind == RedirectKind::kDuplicate) {
    const std::string target = expand_single(redirect.word);
    save(redirect.fd, saved);
    if (target == "-") {
      close(redirect.fd);
      return true;
    }
    char* end;
    const long from = strtol(target.c_str(), &end, 10);
    if (target.empty() || *end != '\0' || dup2(static_cast<int>(from), redirect.fd) < 0) {
      complain("%s: %s", target.c_str(), target.empty() || *end != '\0' ? "bad descriptor" : strerror(errno));
      return false;
    }
    return true;
  }
  int fd;
  if (redirect.kind == RedirectKind::kHereDocument) {
    fd = document_descriptor(redirect.expands_document ? expand_document(*redirect.document) : *redirect.document);
    if (fd < 0) {
      complain("here-document: %s", strerror(errno));
      return false;
    }
  } else {
    const std::string path = expand_single(redirect.word);
    fd = open(path.c_str(), open_flags(redirect.kind), 0666);
    if (fd < 0) {
      complain("%s: %s", path.c_str(), strerror(errno));
      return false;
    }
  }
  if (fd == redirect.fd) {  // it was closed, and is the lowest free one
    if (saved != nullptr) saved->emplace_back(redirect.fd, -1);
    fcntl(fd, F_SETFD, 0);
    return true;
  }
  save(redirect.fd, saved);
  const bool ok = dup2(fd, redirect.fd) >= 0;
  if (!ok) complain("%d: %s", redirect.fd, strerror(errno));
  close(fd);
  return ok;
}

}  // namespace

bool apply_redirects(const std::vector<Redirect>& redirects, std::vector<std::pair<int, int>>* saved) {
  for (const Redirect& redirect : redirects) {
    if (!apply(redirect, saved)) return false;
  }
  return true;
}

void restore_redirects(std::vector<std::pair<int, int>>& saved) {
  if (saved.empty()) return;
  fflush(stdout);
  for (size_t i = saved.size(); i-- > 0;) {
    const auto [fd, copy] = saved[i];
    if (copy < 0) {
      close(fd);
    } else {
      dup2(copy, fd);
      close(copy);
    }
  }
  saved.clear();
}

}  // namespace sh
