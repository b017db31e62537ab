// Who a process is: ids, users, groups, sessions.
#include "syscall/support.h"
#include "syscall/table.h"
#include "task/process.h"

namespace skep {

namespace {

constexpr uint32_t kUnchanged = ~uint32_t{0};  // -1 in the set*id calls

// The three ids of a user or a group.
struct Ids {
  uint32_t real, effective, saved;
};
Ids user_ids(const Credentials& c) { return {c.uid, c.euid, c.suid}; }
Ids group_ids(const Credentials& c) { return {c.gid, c.egid, c.sgid}; }

void store_user_ids(const Ids& ids) {
  SpinGuard guard(g_process_lock);
  Credentials& c = current_process().credentials;
  c.uid = ids.real, c.euid = ids.effective, c.suid = ids.saved;
}
void store_group_ids(const Ids& ids) {
  SpinGuard guard(g_process_lock);
  Credentials& c = current_process().credentials;
  c.gid = ids.real, c.egid = ids.effective, c.sgid = ids.saved;
}

bool privileged() { return current_credentials().euid == 0; }

// setresuid(2): an unprivileged process may only permute the ids it has.
Result<Ids> change_three(Ids ids, uint32_t real, uint32_t effective, uint32_t saved) {
  const auto allowed = [&](uint32_t id) {
    return id == kUnchanged || privileged() || id == ids.real || id == ids.effective || id == ids.saved;
  };
  if (!allowed(real) || !allowed(effective) || !allowed(saved)) return fail(Errno::kEPERM);
  if (real != kUnchanged) ids.real = real;
  if (effective != kUnchanged) ids.effective = effective;
  if (saved != kUnchanged) ids.saved = saved;
  return ids;
}

// setreuid(2): the saved id follows the effective one when the real one is set or the effective one leaves the real
// one.
Result<Ids> change_two(Ids ids, uint32_t real, uint32_t effective) {
  const bool may_real = real == kUnchanged || privileged() || real == ids.real || real == ids.effective;
  const bool may_effective = effective == kUnchanged || privileged() || effective == ids.real ||
                             effective == ids.effective || effective == ids.saved;
  if (!may_real || !may_effective) return fail(Errno::kEPERM);
  const uint32_t old_real = ids.real;
  if (real != kUnchanged) ids.real = real;
  if (effective != kUnchanged) ids.effective = effective;
  if (real != kUnchanged || (effective != kUnchanged && effective != old_real)) ids.saved = ids.effective;
  return ids;
}

// setuid(2): all three for the privileged, the effective one otherwise.
Result<Ids> change_one(Ids ids, uint32_t id) {
  if (id == kUnchanged) return fail(Errno::kEINVAL);
  if (privileged()) return Ids{id, id, id};
  if (id != ids.real && id != ids.saved) return fail(Errno::kEPERM);
  ids.effective = id;
  return ids;
}

template <typename Store>
long apply(const Result<Ids>& ids, Store&& store) {
  if (!ids) return error_return(ids.error());
  store(*ids);
  return 0;
}

long write_three(const Ids& ids, UserAddr real, UserAddr effective, UserAddr saved) {
  if (auto r = write_user(real, ids.real); !r) return to_syscall_return(r);
  if (auto r = write_user(effective, ids.effective); !r) return to_syscall_return(r);
  return to_syscall_return(write_user(saved, ids.saved));
}

const Credentials& mine() { return current_process().credentials; }

}  // namespace

long sys_getpid() { return current_tgid(); }
long sys_gettid() { return current_pid(); }
long sys_getppid() {
  SpinGuard guard(g_process_lock);
  const Process* parent = current_process().parent;
  return parent ? parent->pid : 0;
}
long sys_getuid() { return mine().uid; }
long sys_geteuid() { return mine().euid; }
long sys_getgid() { return mine().gid; }
long sys_getegid() { return mine().egid; }

long sys_setuid(uint32_t uid) { return apply(change_one(user_ids(mine()), uid), store_user_ids); }
long sys_setgid(uint32_t gid) { return apply(change_one(group_ids(mine()), gid), store_group_ids); }
long sys_setreuid(uint32_t ruid, uint32_t euid) {
  return apply(change_two(user_ids(mine()), ruid, euid), store_user_ids);
}
long sys_setregid(uint32_t rgid, uint32_t egid) {
  return apply(change_two(group_ids(mine()), rgid, egid), store_group_ids);
}
long sys_setresuid(uint32_t ruid, uint32_t euid, uint32_t suid) {
  return apply(change_three(user_ids(mine()), ruid, euid, suid), store_user_ids);
}
long sys_setresgid(uint32_t rgid, uint32_t egid, uint32_t sgid) {
  return apply(change_three(group_ids(mine()), rgid, egid, sgid), store_group_ids);
}
long sys_getresuid(UserAddr ruid, UserAddr euid, UserAddr suid) {
  return write_three(user_ids(mine()), ruid, euid, suid);
}
long sys_getresgid(UserAddr rgid, UserAddr egid, UserAddr sgid) {
  return write_three(group_ids(mine()), rgid, egid, sgid);
}

// Supplementary groups are not kept: the list is always empty.
long sys_getgroups(int size, UserAddr) { return size < 0 ? error_return(Errno::kEINVAL) : 0; }
long sys_setgroups(int size, UserAddr) {
  if (!privileged()) return error_return(Errno::kEPERM);
  return size == 0 ? 0 : error_return(Errno::kEINVAL);
}

namespace {

// The caller itself or one of its children.
Result<Process*> family_member_locked(int pid) SKEP_REQUIRES(g_process_lock) {
  Process& self = current_process();
  if (pid == 0 || static_cast<uint32_t>(pid) == self.pid) return &self;
  Process* p = find_process_locked(static_cast<uint32_t>(pid));
  if (!p || p->parent != &self) return fail(Errno::kESRCH);
  return p;
}

Result<void> set_group_locked(int pid, int pgid) SKEP_REQUIRES(g_process_lock) {
  if (pid < 0 || pgid < 0) return fail(Errno::kEINVAL);
  Process& p = *TRY(family_member_locked(pid));
  if (p.session != current_process().session || p.session == p.pid) return fail(Errno::kEPERM);
  if (&p != &current_process() && p.has_executed) return fail(Errno::kEACCES);
  const uint32_t group = pgid == 0 ? p.pid : static_cast<uint32_t>(pgid);
  bool exists = group == p.pid;
  for_each_process_locked([&](Process& other) SKEP_REQUIRES(g_process_lock) {
    exists |= other.group == group && other.session == p.session;
  });
  if (!exists) return fail(Errno::kEPERM);
  p.group = group;
  return {};
}

}  // namespace

long sys_setpgid(int pid, int pgid) {
  SpinGuard guard(g_process_lock);
  return to_syscall_return(set_group_locked(pid, pgid));
}

long sys_getpgid(int pid) {
  SpinGuard guard(g_process_lock);
  const Process* p = pid == 0 ? &current_process() : find_process_locked(static_cast<uint32_t>(pid));
  return p ? static_cast<long>(p->group) : error_return(Errno::kESRCH);
}

long sys_getsid(int pid) {
  SpinGuard guard(g_process_lock);
  const Process* p = pid == 0 ? &current_process() : find_process_locked(static_cast<uint32_t>(pid));
  return p ? static_cast<long>(p->session) : error_return(Errno::kESRCH);
}

long sys_setsid() {
  SpinGuard guard(g_process_lock);
  Process& self = current_process();
  bool leads = false;
  for_each_process_locked([&](Process& p) SKEP_REQUIRES(g_process_lock) { leads |= p.group == self.pid; });
  if (leads) return error_return(Errno::kEPERM);
  self.session = self.group = self.pid;
  return self.pid;
}

}  // namespace skep
