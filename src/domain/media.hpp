// Pictures, sound and judgements: work that is neither a conversation nor text without roles, and what comes of it.
// Members that say how a result shall look are the maker's own words ("1024x1024", "hd"): they are checked for what
// they may hold, and passed on to who knows what they mean. Empty, or no value: the client did not say. Values, any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/conversation.hpp"

namespace entente {

// A picture's file as a client sent it: PNG, JPEG or WebP.
struct PictureFile {
  std::string name;
  std::string bytes;
  friend bool operator==(const PictureFile&, const PictureFile&) = default;
};

// "image/png"; empty: the bytes do not begin as such a file does.
std::string_view picture_type(std::string_view bytes);

// What pictures are made from: words; pictures and words about what shall be otherwise; a picture that they shall be
// like.
enum class MakeFrom { words, pictures, likeness };

struct MakeImage {
  std::string model;
  MakeFrom from = MakeFrom::words;
  std::string prompt;  // none for a likeness
  std::vector<PictureFile> pictures;
  std::optional<PictureFile> mask;  // where the first of them is to be changed: where this one shows nothing
  std::string fidelity;             // to those: "low", "high"
  std::uint32_t count = 1;
  std::string size, quality, style, background, moderation;
  std::string format;                        // "png", "jpeg", "webp"
  std::string delivery;                      // "b64_json", or "url" where the maker keeps the picture for an hour
  std::optional<std::uint32_t> compression;  // per cent
  bool stream = false;                       // asked for piece by piece, which not every model can
  std::uint32_t partial_images = 0;          // sketches on the way, of each picture
  std::string end_user;
};

// Speech to text.
struct Transcribe {
  std::string model;
  std::string audio;        // a file's bytes
  std::string filename;     // its ending says what they are
  bool to_english = false;  // whatever language is spoken
  std::string language, prompt;
  std::optional<double> temperature;
  std::string form = "json";  // "json", "text", "srt", "verbose_json", "vtt"
  bool word_times = false, segment_times = false;
  bool logprobs = false;
  std::string chunking;  // "auto", or how to cut as a JSON object
  bool stream = false;
};

// Text to speech.
struct Speak {
  std::string model;
  std::string text;
  std::string voice, instructions;
  std::string format = "mp3";
  std::optional<double> speed;
};

// Texts, and pictures beside them, to be judged by what OpenAI's moderations ask: `inputs` one by one.
struct Moderate {
  std::string model;                      // empty: whoever judges here
  std::vector<std::vector<Part>> inputs;  // at least one; each of TextPart and ImagePart
};

// A picture's bytes or where its maker keeps it, and what its maker says of it.
struct Picture {
  std::string bytes;  // of the file
  std::string url;    // empty when the bytes came
  std::string revised_prompt;
  std::string background, format, quality, size;
  std::int64_t source_tokens = 0;  // of what was read for it, those of pictures
};

// What a transcript holds beside its text.
struct TranscriptDetails {
  std::string language;
  std::optional<double> seconds;          // of speech
  std::optional<double> billed_seconds;   // where the maker counts them instead of tokens
  std::string segments, words, logprobs;  // JSON arrays, read and written anew; empty: none came
};

// OpenAI's categories of what a text may do, in the order of its reference.
inline constexpr std::array<std::string_view, 13> harms = {"harassment",
                                                           "harassment/threatening",
                                                           "hate",
                                                           "hate/threatening",
                                                           "illicit",
                                                           "illicit/violent",
                                                           "self-harm",
                                                           "self-harm/instructions",
                                                           "self-harm/intent",
                                                           "sexual",
                                                           "sexual/minors",
                                                           "violence",
                                                           "violence/graphic"};

struct Judgement {
  struct Of {
    bool found = false;
    double score = 0;                        // 0 to 1
    bool in_text = false, in_image = false;  // what was looked at
  };
  std::uint32_t index = 0;  // of the input
  bool flagged = false;
  std::array<Of, harms.size()> categories;  // as `harms`
};

}  // namespace entente
