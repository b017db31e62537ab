// The BTF of the kernel around the core.
#include "bpf/btf/btf.h"
#include "bpf/system.h"

namespace skep::bpf {
namespace {

// A kernel's own BTF is right or it is not used: nobody would read the reason.
class Silence final : public TextSink {
 public:
  void write(std::string_view) override {}
};

}  // namespace

Result<void> load_kernel_btf() {
  // The list's own reference to what was there before.
  if (const Btf* before = bpf_system().kernel_btf.exchange(nullptr)) before->unref();
  const std::span<const uint8_t> blob = platform::kernel_btf();
  if (blob.empty()) return {};
  Silence log;
  Ref<Btf> btf = TRY(Btf::parse(blob, log));
  btf->set_of_kernel();
  TRY(bpf_system().btfs.add(*btf));
  bpf_system().kernel_btf.store(btf.release());
  return {};
}

}  // namespace skep::bpf
