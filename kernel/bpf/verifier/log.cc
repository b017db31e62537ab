#include "bpf/verifier/log.h"

#include "bpf/isa/decode.h"

namespace skep::bpf::verifier {
namespace {

// Linux prints what an instruction changed from this column on.
constexpr size_t kStateColumn = 40;
constexpr size_t kStateTab = 8;

// Counts what passes through it.
class CountingSink final : public TextSink {
 public:
  explicit CountingSink(TextSink& out) : out_(out) {}
  void write(std::string_view text) override {
    count_ += text.size();
    out_.write(text);
  }
  size_t count() const { return count_; }

 private:
  TextSink& out_;
  size_t count_ = 0;
};

class FieldList {
 public:
  explicit FieldList(TextSink& out) : out_(out) {}
  template <typename T>
  void add(std::string_view name, const T& value) {
    format_to(out_, "{}{}={}", first_ ? "" : ",", name, value);
    first_ = false;
  }
  void add_hex(std::string_view name, uint64_t value) {
    format_to(out_, "{}{}={x}", first_ ? "" : ",", name, value);
    first_ = false;
  }
  void add_tnum(std::string_view name, uint64_t value, uint64_t mask) {
    format_to(out_, "{}{}=", first_ ? "" : ",", name);
    print_tnum(out_, value, mask);
    first_ = false;
  }

 private:
  TextSink& out_;
  bool first_ = true;
};

void print_bounds(FieldList& fields, const Scalar64& v) {
  if (v.is_constant()) return fields.add_hex("imm", v.value());
  if (v.smin() != static_cast<int64_t>(v.umin()) && v.smin() != INT64_MIN) fields.add("smin", v.smin());
  if (v.smax() != static_cast<int64_t>(v.umax()) && v.smax() != INT64_MAX) fields.add("smax", v.smax());
  if (v.umin() != 0) fields.add("umin", v.umin());
  if (v.umax() != UINT64_MAX) fields.add("umax", v.umax());
  if (!v.bits.is_unknown()) fields.add_tnum("var_off", v.bits.value, v.bits.mask);
  const Arc<32>& h = v.half_arc;
  if (h.smin() != v.smin() && h.smin() != INT32_MIN) fields.add("s32_min", h.smin());
  if (h.smax() != v.smax() && h.smax() != INT32_MAX) fields.add("s32_max", h.smax());
  if (h.umin() != v.umin() && h.umin() != 0) fields.add("u32_min", h.umin());
  if (h.umax() != v.umax() && h.umax() != UINT32_MAX) fields.add("u32_max", h.umax());
}

void print_register(TextSink& out, const VerifyRequest& request, const Reg& r) {
  if (r.is_scalar() && r.var.is_constant()) return format_to(out, "{}", static_cast<int64_t>(r.var.value()));
  if (r.kind == RegKind::kStack && r.var.is_constant()) {
    return format_to(out, "fp{}", r.off + static_cast<int64_t>(r.var.value()));
  }
  print_type(out, r.type_code());
  if (r.kind == RegKind::kBtfPtr) out.write(request.kernel_btf->name_of(*request.kernel_btf->find_type(r.object)));
  out.write("(");
  FieldList fields(out);
  if (r.id != 0) fields.add("id", r.id);
  if (r.is_scalar() && r.off != 0) format_to(out, "{}{}", r.off > 0 ? "+" : "", r.off);
  if (!r.is_scalar()) fields.add("off", r.off);
  if (r.reference() != 0) fields.add("ref_obj_id", r.reference());
  if (r.kind == RegKind::kMapPtr || r.kind == RegKind::kMapValue) {
    const Map* map = request.maps[r.object & ~kInnerMap].get();
    if ((r.object & kInnerMap) != 0) map = map->inner_template();
    const MapAttributes& m = map->attributes();
    fields.add("ks", m.key_size);
    fields.add("vs", m.value_size);
  }
  if (r.kind == RegKind::kMem) fields.add("mem_size", r.object);
  print_bounds(fields, r.var);
  out.write(")");
}

void print_slot(TextSink& out, const VerifyRequest& request, const Slot& slot) {
  if (slot.spilled_bytes() == kSlotBytes) {
    if (slot.reg.is_scalar() && !slot.reg.var.is_constant()) return;
    if (slot.reg.is_scalar() || slot.reg.kind == RegKind::kStack) return print_register(out, request, slot.reg);
    return print_type(out, slot.reg.type_code());
  }
  for (uint32_t i = kSlotBytes; i-- > 0;) {  // Linux's order: the highest address first
    switch (slot.bytes[i]) {
      case ByteKind::kInvalid:
        out.write("?");
        break;
      case ByteKind::kMisc:
        out.write("m");
        break;
      case ByteKind::kZero:
        out.write("0");
        break;
      case ByteKind::kDynptr:
        out.write("d");
        break;
      case ByteKind::kSpill:
        out.write("r");
        break;
    }
  }
}

}  // namespace

void print_type(TextSink& out, int64_t type_code) {
  std::string_view name = "?";
  switch (static_cast<RegKind>(type_code & 0xff)) {
    case RegKind::kNotInit:
      break;
    case RegKind::kScalar:
      name = "scalar";
      break;
    case RegKind::kCtx:
      name = "ctx";
      break;
    case RegKind::kMapPtr:
      name = "map_ptr";
      break;
    case RegKind::kMapValue:
      name = "map_value";
      break;
    case RegKind::kStack:
      name = "fp";
      break;
    case RegKind::kMem:
      name = (type_code & 0x400) != 0 ? "ringbuf_mem" : (type_code & 0x200) != 0 ? "rdonly_mem" : "mem";
      break;
    case RegKind::kTraceBuffer:
      name = "tp_buffer";
      break;
    case RegKind::kSockCommon:
      name = "sock_common";
      break;
    case RegKind::kKernelObject:
    case RegKind::kBtfPtr:  // the type's name follows
      return out.write((type_code & 0x100) != 0 ? "ptr_or_null_" : "ptr_");
    case RegKind::kDynptr:
      name = "dynptr";
      break;
    case RegKind::kFunc:
      name = "func";
      break;
  }
  format_to(out, "{}{}", name, (type_code & 0x100) != 0 ? "_or_null" : "");
}

void print_tnum(TextSink& out, uint64_t value, uint64_t mask) { format_to(out, "({#x}; {#x})", value, mask); }

void print_state(TextSink& out, const VerifyRequest& request, const State& state, uint16_t which, bool all) {
  const Frame& f = state.frame(state.top());
  if (state.top() != 0) format_to(out, " frame{}:", state.top());
  for (uint32_t r = 0; r < kRegisters; r++) {
    const bool touched = (which >> r & 1) != 0;
    if (f.regs[r].kind == RegKind::kNotInit || (!all && !touched)) continue;
    format_to(out, " R{}{}=", r, touched ? "_w" : "");
    print_register(out, request, f.regs[r]);
  }
  if (!all) return;
  for (uint32_t i = 0; i < f.stack.size(); i++) {
    const Slot& slot = f.stack[i];
    bool used = false;
    for (const ByteKind b : slot.bytes) used = used || b != ByteKind::kInvalid;
    if (!used) continue;
    format_to(out, " fp{}=", -static_cast<int32_t>((i + 1) * kSlotBytes));
    print_slot(out, request, slot);
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

const bpf_line_info* line_of(const VerifyRequest& request, InsnIndex at) {
  if (!request.debug || !request.debug->btf) return nullptr;
  return find_line(*request.debug, at);
}

void PathPrinter::finish_line() {
  if (line_open_) out_.write("\n");
  line_open_ = false;
}

void PathPrinter::new_path(InsnIndex from, InsnIndex to, const State& state) {
  finish_line();
  if (from == to) {
    format_to(out_, "{}:", to);
  } else {
    format_to(out_, "\nfrom {} to {}:", from, to);
  }
  print_state(out_, analysis_.request(), state, 0, true);
  out_.write("\n");
}

void PathPrinter::before_insn(InsnIndex at, const State&) {
  finish_line();
  const VerifyRequest& request = analysis_.request();
  const bpf_line_info* line = line_of(request, at);
  if (line && line != last_line_) format_to(out_, "; {}\n", trimmed(request.debug->btf->string_at(line->line_off)));
  last_line_ = line;
  CountingSink counted(out_);
  format_to(counted, "{}: ", at);
  disassemble(counted, analysis_.shape().code[at], at, helper_name);
  line_length_ = counted.count();
  line_open_ = true;
}

void PathPrinter::after_insn(InsnIndex, const State& state, uint16_t touched) {
  if (touched != 0 && line_open_) {
    const size_t wanted = line_length_ + kStateTab / 2 > kStateColumn ? line_length_ + kStateTab / 2 : kStateColumn;
    for (size_t column = line_length_ + 1; column < align_up(wanted, kStateTab); column++) out_.write(" ");
    out_.write(";");
    print_state(out_, analysis_.request(), state, touched, false);
  }
  finish_line();
}

void PathPrinter::path_ended(std::string_view how, InsnIndex from, InsnIndex to) {
  finish_line();
  format_to(out_, "from {} to {}: {}\n", from, to, how);
}

}  // namespace skep::bpf::verifier
