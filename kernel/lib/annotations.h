// Clang thread-safety annotations (-Wthread-safety). A lock is a SKEP_CAPABILITY class, data names its lock with
// SKEP_GUARDED_BY, and a function that needs a lock held says SKEP_REQUIRES.
#pragma once

#define SKEP_CAPABILITY(name) __attribute__((capability(name)))
#define SKEP_SCOPED_CAPABILITY __attribute__((scoped_lockable))
#define SKEP_GUARDED_BY(lock) __attribute__((guarded_by(lock)))
#define SKEP_PT_GUARDED_BY(lock) __attribute__((pt_guarded_by(lock)))
#define SKEP_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define SKEP_EXCLUDES(...) __attribute__((locks_excluded(__VA_ARGS__)))
#define SKEP_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define SKEP_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define SKEP_TRY_ACQUIRE(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define SKEP_NO_THREAD_SAFETY_ANALYSIS __attribute__((no_thread_safety_analysis))

// Code that the probe machinery itself runs through: placed in .noprobe.text, where kprobes are refused.
#define SKEP_NOPROBE __attribute__((section(".noprobe.text"), noinline))
