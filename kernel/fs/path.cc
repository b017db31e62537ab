#include "fs/path.h"

#include "fs/limits.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::vfs {

namespace {

// A walk in progress.
class Walker {
 public:
  Walker(bool follow_last, const Identity& who) : follow_last_(follow_last), who_(who) {}

  Result<Walked> run(std::string_view base, std::string_view path) SKEP_REQUIRES(tree_lock) {
    if (path.empty()) return fail(Errno::kENOENT);
    if (path.size() >= kPathMax) return fail(Errno::kENAMETOOLONG);
    TRY(levels_.push_back(Level{root(), 0}));
    if (path.front() != '/') {
      TRY(append_text(todo_, base));
      TRY(append_text(todo_, "/"));
      trusted_ = todo_.size();
    }
    TRY(append_text(todo_, path));
    while (!done_) TRY(step());
    return std::move(result_);
  }

 private:
  struct Level {
    Ref<Node> directory;
    size_t path_bytes = 0;
  };

  // Takes the next component; false at the end. `last` when only slashes follow.
  bool next_component(std::string_view& name, bool& last) {
    const std::string_view todo = view(todo_);
    while (at_ < todo.size() && todo[at_] == '/') at_++;
    if (at_ == todo.size()) return false;
    const size_t begin = at_;
    while (at_ < todo.size() && todo[at_] != '/') at_++;
    name = todo.substr(begin, at_ - begin);
    const size_t rest = todo.find_first_not_of('/', at_);
    last = rest == std::string_view::npos;
    result_.trailing_slash = last && at_ < todo.size();
    return true;
  }

  Result<void> step() SKEP_REQUIRES(tree_lock) {
    std::string_view name;
    bool last = false;
    const bool checked = at_ >= trusted_;
    if (!next_component(name, last)) return finish_on_directory(Walked::Last::kRoot);  // nothing but slashes
    if (name.size() > kNameMax) return fail(Errno::kENAMETOOLONG);
    Directory& here = *levels_.back().directory->as_directory();
    if (checked) TRY(check_permission(here, who_, kMayExecute));
    if (name == ".") return last ? finish_on_directory(Walked::Last::kDot) : Result<void>{};
    if (name == "..") {
      if (levels_.size() > 1) levels_.pop_back();
      cut_path();
      return last ? finish_on_directory(levels_.size() == 1 ? Walked::Last::kRoot : Walked::Last::kDotDot)
                  : Result<void>{};
    }
    Result<Ref<Node>> found = here.lookup(name);
    if (!found) {
      if (found.error() != Errno::kENOENT || !last) return fail(found.error());
      return finish_on_name(name, Ref<Node>());
    }
    Ref<Node> node = std::move(*found);
    if (node->is_symlink() && (!last || follow_last_ || result_.trailing_slash)) {
      // Links of /proc/PID/fd in last place: the caller asks the node for its file.
      if (!last || result_.trailing_slash || !TRY(node->followed_file())) return follow(*node);
    }
    if (node->as_directory()) {
      if (last) return finish_on_name(name, std::move(node));
      TRY(append_text(result_.path, "/"));
      TRY(append_text(result_.path, name));
      return levels_.push_back(Level{std::move(node), result_.path.size()});
    }
    if (!last || result_.trailing_slash) return fail(Errno::kENOTDIR);
    return finish_on_name(name, std::move(node));
  }

  Result<void> follow(Node& link) {
    if (++links_followed_ > kMaxSymlinks) return fail(Errno::kELOOP);
    KVector<char> todo = TRY(link.read_link());
    if (todo.empty()) return fail(Errno::kENOENT);
    const bool absolute = todo[0] == '/';
    TRY(append_text(todo, view(todo_).substr(at_)));
    if (todo.size() > 2 * kPathMax) return fail(Errno::kENAMETOOLONG);
    todo_ = std::move(todo);
    at_ = trusted_ = 0;
    if (absolute) {
      while (levels_.size() > 1) levels_.pop_back();
      cut_path();
    }
    return {};
  }

  void cut_path() {
    while (result_.path.size() > levels_.back().path_bytes) result_.path.pop_back();
  }

  Result<void> finish_on_directory(Walked::Last last) {
    result_.last = levels_.size() == 1 ? Walked::Last::kRoot : last;
    result_.node = levels_.back().directory;
    result_.parent = levels_.size() > 1 ? levels_[levels_.size() - 2].directory : levels_[0].directory;
    const size_t slash = view(result_.path).rfind('/');
    result_.name_at = slash == std::string_view::npos ? 0 : slash + 1;
    if (result_.path.empty()) {
      TRY(append_text(result_.path, "/"));
      result_.name_at = 1;
    }
    done_ = true;
    return {};
  }

  Result<void> finish_on_name(std::string_view name, Ref<Node> node) {
    result_.node = std::move(node);
    result_.parent = levels_.back().directory;
    TRY(append_text(result_.path, "/"));
    result_.name_at = result_.path.size();
    TRY(append_text(result_.path, name));
    done_ = true;
    return {};
  }

  const bool follow_last_;
  const Identity& who_;
  KVector<Level> levels_;  // root … the directory that the walk is in
  KVector<char> todo_;     // text still to walk, from at_ on
  size_t at_ = 0;
  size_t trusted_ = 0;  // components that begin before it belong to `base`
  unsigned links_followed_ = 0;
  bool done_ = false;
  Walked result_;
};

Ref<Node> g_root;

}  // namespace

Ref<Node>& root() { return g_root; }

Identity current_identity() {
  const Credentials& c = current_credentials();
  return {c.euid, c.egid};
}
Identity current_real_identity() {
  const Credentials& c = current_credentials();
  return {c.uid, c.gid};
}

Result<void> check_permission(const Node& node, const Identity& who, uint32_t wanted) {
  const uint32_t mode = node.mode.load(std::memory_order_relaxed);
  if (who.uid == 0) {
    const bool executable = node.type() == S_IFDIR || (mode & 0111) != 0;
    return (wanted & kMayExecute) && !executable ? Result<void>(fail(Errno::kEACCES)) : Result<void>{};
  }
  uint32_t granted = mode & 7;
  if (who.uid == node.uid.load(std::memory_order_relaxed)) {
    granted = mode >> 6 & 7;
  } else if (who.gid == node.gid.load(std::memory_order_relaxed)) {
    granted = mode >> 3 & 7;
  }
  return (wanted & ~granted) != 0 ? Result<void>(fail(Errno::kEACCES)) : Result<void>{};
}

Result<Walked> walk(std::string_view base, std::string_view path, bool follow_last, const Identity& who) {
  Walker walker(follow_last, who);
  return walker.run(base, path);
}

Result<Walked> walk_existing(std::string_view base, std::string_view path, bool follow_last, const Identity& who) {
  Walked walked = TRY(walk(base, path, follow_last, who));
  if (!walked.node) return fail(Errno::kENOENT);
  return walked;
}

}  // namespace skep::vfs
