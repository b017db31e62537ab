// From a path to a node. A walk begins at the root, since a working directory is a path too; it keeps the chain of
// directories that it came through, so that ".." needs no parent pointers and works for generated directories.
#pragma once

#include <string_view>

#include "fs/node.h"

namespace skep::vfs {

// Who asks. Id 0 may do everything, but execute only what somebody may execute.
struct Identity {
  uint32_t uid = 0;
  uint32_t gid = 0;
};
Identity current_identity();       // effective ids, as every file operation uses
Identity current_real_identity();  // real ids, for faccessat

inline constexpr uint32_t kMayRead = 4;
inline constexpr uint32_t kMayWrite = 2;
inline constexpr uint32_t kMayExecute = 1;
// EACCES unless `who` has all of the wanted kMay… bits.
Result<void> check_permission(const Node& node, const Identity& who, uint32_t wanted);

struct Walked {
  enum class Last : uint8_t { kName, kDot, kDotDot, kRoot };
  Ref<Node> node;      // null when everything but the last component exists
  Ref<Node> parent;    // the directory of the last component; the root's is the root
  KVector<char> path;  // absolute, normalised, without symbolic links but perhaps the last component
  size_t name_at = 0;  // where the last component begins in `path`
  Last last = Last::kName;
  bool trailing_slash = false;  // the path demands a directory

  std::string_view name() const { return view(path).substr(name_at); }
  Directory& parent_directory() const { return *parent->as_directory(); }
};

// `base`: absolute and normalised, walked without permission checks (whoever holds it got there once); `path` relative
// to it or absolute. A symbolic link in last place is followed when `follow_last`. ENOENT ENOTDIR EACCES ELOOP
// ENAMETOOLONG ENOMEM.
Result<Walked> walk(std::string_view base, std::string_view path, bool follow_last, const Identity& who)
    SKEP_REQUIRES(tree_lock);
// The same; ENOENT when the last component does not exist.
Result<Walked> walk_existing(std::string_view base, std::string_view path, bool follow_last, const Identity& who)
    SKEP_REQUIRES(tree_lock);

// The root directory. Set once, by init().
Ref<Node>& root();

}  // namespace skep::vfs
