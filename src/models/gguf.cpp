#include "models/gguf.hpp"

#include <algorithm>
#include <format>
#include <fstream>
#include <map>
#include <optional>
#include <vector>

#include "base/encoding.hpp"

namespace entente::models {

namespace {

// Value types of metadata, as numbered by the format.
enum class Type : std::uint32_t {
  u8 = 0,
  i8 = 1,
  u16 = 2,
  i16 = 3,
  u32 = 4,
  i32 = 5,
  f32 = 6,
  boolean = 7,
  text = 8,
  array = 9,
  u64 = 10,
  i64 = 11,
  f64 = 12,
};

std::optional<std::uint64_t> width_of(Type type) {
  switch (type) {
    case Type::u8:
    case Type::i8:
    case Type::boolean: return 1;
    case Type::u16:
    case Type::i16: return 2;
    case Type::u32:
    case Type::i32:
    case Type::f32: return 4;
    case Type::u64:
    case Type::i64:
    case Type::f64: return 8;
    default: return std::nullopt;
  }
}

// How tensors are packed: elements per block and bytes per block, by ggml's type number. Only what is known here can be
// checked for length; a type that is newer than this table is left to the engine.
struct Packing {
  std::uint64_t elements, bytes;
};
std::optional<Packing> packing_of(std::uint32_t type) {
  switch (type) {
    case 0: return Packing{1, 4};       // F32
    case 1: return Packing{1, 2};       // F16
    case 2: return Packing{32, 18};     // Q4_0
    case 3: return Packing{32, 20};     // Q4_1
    case 6: return Packing{32, 22};     // Q5_0
    case 7: return Packing{32, 24};     // Q5_1
    case 8: return Packing{32, 34};     // Q8_0
    case 10: return Packing{256, 84};   // Q2_K
    case 11: return Packing{256, 110};  // Q3_K
    case 12: return Packing{256, 144};  // Q4_K
    case 13: return Packing{256, 176};  // Q5_K
    case 14: return Packing{256, 210};  // Q6_K
    case 20: return Packing{32, 18};    // IQ4_NL
    case 23: return Packing{256, 136};  // IQ4_XS
    case 24: return Packing{1, 1};      // I8
    case 25: return Packing{1, 2};      // I16
    case 26: return Packing{1, 4};      // I32
    case 27: return Packing{1, 8};      // I64
    case 28: return Packing{1, 8};      // F64
    case 30: return Packing{1, 2};      // BF16
    default: return std::nullopt;
  }
}

// general.file_type, as llama.cpp numbers it.
std::string file_type_name(std::uint64_t type) {
  static const std::map<std::uint64_t, std::string> names = {
      {0, "F32"},     {1, "F16"},     {2, "Q4_0"},    {3, "Q4_1"},    {7, "Q8_0"},    {8, "Q5_0"},    {9, "Q5_1"},
      {10, "Q2_K"},   {11, "Q3_K_S"}, {12, "Q3_K_M"}, {13, "Q3_K_L"}, {14, "Q4_K_S"}, {15, "Q4_K_M"}, {16, "Q5_K_S"},
      {17, "Q5_K_M"}, {18, "Q6_K"},   {25, "IQ4_NL"}, {30, "IQ4_XS"}, {32, "BF16"}};
  auto found = names.find(type);
  return found == names.end() ? std::format("file type {}", type) : found->second;
}

std::unexpected<Error> not_a_model(std::string message) {
  return fail({.code = ErrorCode::invalid_request, .message = std::move(message), .reason = "invalid_model_file"});
}

class Header {
 public:
  Header(std::ifstream& in, std::uint64_t size) : in_(in), size_(size) {}

  Result<GgufInfo> read();

 private:
  template <class Number>
  Result<Number> number() {
    Number value{};
    if (!in_.read(reinterpret_cast<char*>(&value), sizeof value)) return cut_short();
    at_ += sizeof value;
    return value;
  }

  // Names have at most 65,535 bytes by the format; nothing else that is kept here is longer either.
  Result<std::string> text() {
    TRY_ASSIGN(std::uint64_t length, number<std::uint64_t>());
    if (length > size_ - at_) return cut_short();
    if (length > 65'535) return not_a_model("The file's header is malformed: a name is too long.");
    std::string out(length, '\0');
    if (!in_.read(out.data(), static_cast<std::streamsize>(length))) return cut_short();
    if (find_invalid_utf8(out) != std::string::npos)
      return not_a_model("The file's header is malformed: a text is not UTF-8.");
    at_ += length;
    return out;
  }

  Result<> skip(std::uint64_t bytes) {
    if (bytes > size_ - at_) return cut_short();
    in_.seekg(static_cast<std::streamoff>(bytes), std::ios::cur);
    at_ += bytes;
    return {};
  }

  Result<std::uint64_t> integer(Type type);
  Result<> value(const std::string& key);
  Result<> skip_value(Type type, int depth);
  Result<> tensor();

  std::unexpected<Error> cut_short() const {
    return not_a_model(
        std::format("The file is cut short: it ends inside its header, after {} bytes. Fetch it again.", size_));
  }

  std::ifstream& in_;
  const std::uint64_t size_;
  std::uint64_t at_ = 0;
  std::uint64_t alignment_ = 32;
  std::uint64_t data_bytes_ = 0;  // the end of the last tensor, behind the header
  GgufInfo info_;
};

Result<std::uint64_t> Header::integer(Type type) {
  switch (type) {
    case Type::u8: return number<std::uint8_t>();
    case Type::u16: return number<std::uint16_t>();
    case Type::u32:
    case Type::i32: return number<std::uint32_t>();
    default: return number<std::uint64_t>();
  }
}

Result<> Header::skip_value(Type type, int depth) {
  if (auto width = width_of(type)) return skip(*width);
  if (type == Type::text) {
    TRY_ASSIGN(std::uint64_t length, number<std::uint64_t>());
    return skip(length);
  }
  if (type != Type::array || depth > 4)
    return not_a_model("The file's metadata is malformed: a value has an unknown type.");
  TRY_ASSIGN(std::uint32_t inner, number<std::uint32_t>());
  TRY_ASSIGN(std::uint64_t count, number<std::uint64_t>());
  if (auto width = width_of(static_cast<Type>(inner))) {
    if (count > size_ / *width) return cut_short();
    return skip(count * *width);
  }
  if (count > size_ / 8) return cut_short();  // each remaining kind takes eight bytes at least
  for (std::uint64_t i = 0; i < count; ++i) TRY(skip_value(static_cast<Type>(inner), depth + 1));
  return {};
}

Result<> Header::value(const std::string& key) {
  TRY_ASSIGN(std::uint32_t type_number, number<std::uint32_t>());
  auto type = static_cast<Type>(type_number);
  if (type == Type::text && (key == "general.architecture" || key == "general.name" || key == "general.license")) {
    TRY_ASSIGN(std::string text_value, text());
    (key == "general.architecture" ? info_.architecture
     : key == "general.name"       ? info_.name
                                   : info_.licence) = std::move(text_value);
    return {};
  }
  bool is_integer = type == Type::u32 || type == Type::i32 || type == Type::u64 || type == Type::i64;
  if (is_integer && (key == "general.alignment" || key == "general.file_type" || key.ends_with(".context_length"))) {
    TRY_ASSIGN(std::uint64_t n, integer(type));
    if (key == "general.alignment") alignment_ = n;
    if (key == "general.file_type") info_.quantisation = file_type_name(n);
    if (key.ends_with(".context_length")) info_.context_tokens = n;
    return {};
  }
  if (is_integer && key.ends_with(".pooling_type")) {
    TRY_ASSIGN(std::uint64_t n, integer(type));
    constexpr std::uint64_t rank = 4;
    if (n == rank) info_.only_reads = true;
    return {};
  }
  if (type == Type::boolean && key.ends_with(".attention.causal")) {
    TRY_ASSIGN(std::uint8_t causal, number<std::uint8_t>());
    if (causal == 0) info_.only_reads = true;
    return {};
  }
  if (key == "tokenizer.chat_template" && type == Type::text) {
    info_.has_chat_template = true;
    TRY_ASSIGN(std::uint64_t length, number<std::uint64_t>());
    if (length > size_ - at_) return cut_short();
    constexpr std::uint64_t longest = 1024 * 1024;
    if (length > longest) return skip(length);
    std::string source(length, '\0');
    if (!in_.read(source.data(), static_cast<std::streamsize>(length))) return cut_short();
    at_ += length;
    info_.chat_template = std::move(source);
    return {};
  }
  return skip_value(type, 0);
}

Result<> Header::tensor() {
  TRY_ASSIGN(std::string name, text());
  TRY_ASSIGN(std::uint32_t dimensions, number<std::uint32_t>());
  if (dimensions > 4)
    return not_a_model(std::format("The file's table of tensors is malformed at '{}'.", shortened(name)));
  std::uint64_t elements = 1;
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    TRY_ASSIGN(std::uint64_t length, number<std::uint64_t>());
    if (__builtin_mul_overflow(elements, length, &elements))
      return not_a_model("The file's table of tensors is malformed.");
  }
  TRY_ASSIGN(std::uint32_t type, number<std::uint32_t>());
  TRY_ASSIGN(std::uint64_t offset, number<std::uint64_t>());
  info_.parameters += elements;
  if (auto packing = packing_of(type)) {
    std::uint64_t bytes = 0, end = 0;
    if (__builtin_mul_overflow(elements / packing->elements, packing->bytes, &bytes) ||
        __builtin_add_overflow(offset, bytes, &end)) {
      return not_a_model("The file's table of tensors is malformed.");
    }
    data_bytes_ = std::max(data_bytes_, end);
    if (dimensions > 1) info_.matrix_bytes[type] += bytes;
  }
  return {};
}

Result<GgufInfo> Header::read() {
  info_.file_bytes = size_;
  TRY(skip(4));  // the magic, checked by who calls
  TRY_ASSIGN(std::uint32_t version, number<std::uint32_t>());
  if (version != 2 && version != 3) {
    return not_a_model(std::format("The file is GGUF version {}; this Entente reads versions 2 and 3.", version));
  }
  TRY_ASSIGN(info_.tensors, number<std::uint64_t>());
  TRY_ASSIGN(std::uint64_t values, number<std::uint64_t>());
  // The least that an entry takes: a value 13 bytes, a tensor 24.
  if (values > size_ / 13 || info_.tensors > size_ / 24) return cut_short();
  for (std::uint64_t i = 0; i < values; ++i) {
    TRY_ASSIGN(std::string key, text());
    TRY(value(key));
  }
  for (std::uint64_t i = 0; i < info_.tensors; ++i) TRY(tensor());
  if (info_.architecture.empty())
    return not_a_model("The file is a GGUF file but names no architecture: it is not a language model.");
  if (alignment_ == 0 || alignment_ > 1'048'576) return not_a_model("The file's alignment is malformed.");
  std::uint64_t data_start = (at_ + alignment_ - 1) / alignment_ * alignment_, needed = 0;
  if (__builtin_add_overflow(data_start, data_bytes_, &needed))
    return not_a_model("The file's table of tensors is malformed.");
  if (needed > size_) {
    return not_a_model(std::format(
        "The file is cut short: {} of {} bytes are there ({} %). Fetch it again; `entente models pull` resumes.", size_,
        needed, static_cast<std::uint64_t>(100.0 * static_cast<double>(size_) / static_cast<double>(needed))));
  }
  return std::move(info_);
}

std::string what_it_is_instead(std::string_view begin) {
  if (begin.starts_with("PK")) return "it is a zip archive";
  if (begin.starts_with("<!DO") || begin.starts_with("<htm") || begin.starts_with("<HTM"))
    return "it is a web page; the address leads to no file";
  if (begin.starts_with("vers")) return "it is a Git LFS pointer, not the file itself";
  if (begin.starts_with("GGML") || begin.starts_with("lmgg")) return "it is the older GGML format; convert it";
  if (begin.size() == 4 && begin[3] == 0) return "it may be a safetensors or another binary file";
  return "it begins with other bytes";
}

}  // namespace

Result<> check_gguf_begin(std::string_view bytes, std::string_view what) {
  if (bytes.starts_with("GGUF")) return {};
  return not_a_model(std::format("{} is not a GGUF file: {}.", what,
                                 bytes.empty() ? "it is empty" : what_it_is_instead(bytes.substr(0, 4))));
}

Result<GgufInfo> inspect_gguf(const std::filesystem::path& file) {
  std::error_code failure;
  std::uint64_t size = std::filesystem::file_size(file, failure);
  std::ifstream in(file, std::ios::binary);
  if (failure || !in) return fail(ErrorCode::not_found, std::format("The file {} cannot be read.", file.string()));
  char magic[4] = {};
  in.read(magic, sizeof magic);
  TRY(check_gguf_begin({magic, static_cast<std::size_t>(in.gcount())}, file.filename().string()));
  in.clear();
  in.seekg(0);
  return Header(in, size).read();
}

}  // namespace entente::models
