// Pictures, speech and moderations: requests, calls, and answers cut anywhere.
#include <gtest/gtest.h>

#include "wire/openai/images.hpp"
#include "wire/openai/images_call.hpp"
#include "wire/openai/moderations.hpp"
#include "wire/openai/moderations_call.hpp"
#include "wire/openai/speech.hpp"
#include "wire/openai/speech_call.hpp"
#include "wire/openai/transcriptions.hpp"
#include "wire/openai/transcriptions_call.hpp"
#include "wire/test_reply.hpp"

namespace entente::wire {
namespace {

using Lines = std::vector<std::string>;

template <class Make>
void expect_lines(Make make, std::string_view bytes, const Lines& lines) {
  for (std::size_t fragment : replay_fragments) {
    auto decoder = make();
    EXPECT_EQ(replay(*decoder, bytes, fragment), lines) << "in pieces of " << fragment;
  }
}

TEST(Images, ACallSaysWhatTheClientSaidAndNothingElse) {
  auto plain = decode_images_request(R"({"model":"m","prompt":"a"})");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(encode_images_call(*plain, "gpt-image"), R"({"model":"gpt-image","prompt":"a"})");
  auto full = decode_images_request(
      R"({"model":"m","prompt":"a","n":2,"size":"1024x1024","quality":"low","style":"vivid","background":"auto",)"
      R"("moderation":"low","output_format":"webp","response_format":"b64_json","output_compression":50,"stream":true,)"
      R"("partial_images":3,"user":"u"})");
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(encode_images_call(*full, "m"),
            R"({"model":"m","prompt":"a","n":2,"size":"1024x1024","quality":"low","style":"vivid","background":"auto",)"
            R"("moderation":"low","output_format":"webp","response_format":"b64_json","output_compression":50,)"
            R"("stream":true,"partial_images":3,"user":"u"})");
  Envelope envelope = envelope_of(Work(*full));
  EXPECT_EQ(envelope.kind, "image_generation");
  EXPECT_TRUE(envelope.needs.images);
  EXPECT_EQ(envelope.choices, 2u);
  EXPECT_EQ(envelope.subject, "u");
}

const std::string png = "\x89PNG\r\n\x1a\n" + std::string("\0\"picture\"\r\n--", 14);

Result<MakeImage> read_form(FormWriter form, MakeFrom from = MakeFrom::pictures) {
  std::string type = form.content_type();
  return decode_images_form(type, std::move(form).finish(), from);
}

TEST(Images, AFormSaysWhatTheClientSaidAndNothingElse) {
  FormWriter form(0);
  form.file("image[]", "a \"b\".png", png);
  form.text("prompt", "a");
  form.file("mask", "m.png", png + "m");
  form.file("image[]", "c.png", png + "c");
  for (auto [name, value] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"model", "m"},
                                                                            {"n", "2"},
                                                                            {"input_fidelity", "high"},
                                                                            {"output_compression", "50"},
                                                                            {"stream", "true"},
                                                                            {"partial_images", "3"},
                                                                            {"user", "u"},
                                                                            {"quality", "low"},
                                                                            {"background", "auto"},
                                                                            {"moderation", "low"},
                                                                            {"output_format", "webp"},
                                                                            {"response_format", "b64_json"},
                                                                            {"size", "1024x1024"}})
    form.text(name, value);
  auto full = read_form(std::move(form));
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->pictures, (std::vector<PictureFile>{{"a \"b\".png", png}, {"c.png", png + "c"}}));
  EXPECT_EQ(full->mask, (PictureFile{"m.png", png + "m"}));
  FormCall call = encode_images_form(*full, "m");
  auto again = decode_images_form(call.content_type, call.body, MakeFrom::pictures);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->pictures, full->pictures);
  EXPECT_EQ(again->mask, full->mask);
  EXPECT_EQ(std::tie(again->prompt, again->count, again->fidelity, again->compression, again->stream,
                     again->partial_images, again->end_user, again->quality, again->background, again->moderation,
                     again->format, again->delivery, again->size),
            std::tuple("a", 2u, "high", 50u, true, 3u, "u", "low", "auto", "low", "webp", "b64_json", "1024x1024"));
  EXPECT_NE(call.body.find("Content-Type: image/png\r\n"), std::string::npos) << "makers ask for the type";
  Envelope envelope = envelope_of(Work(*full));
  EXPECT_EQ(envelope.kind, "image_edit");
  EXPECT_TRUE(envelope.needs.images);
  EXPECT_EQ(envelope.prompt_bytes, 1u + 3 * 4096);

  FormWriter one(0);
  one.file("image", "a.png", png);
  auto varied = read_form(std::move(one), MakeFrom::likeness);
  ASSERT_TRUE(varied) << varied.error().message;
  call = encode_images_form(*varied, "dall-e-2");
  EXPECT_EQ(envelope_of(Work(*varied)).kind, "image_variation");
  EXPECT_EQ(call.body.find("prompt"), std::string::npos);
  EXPECT_NE(call.body.find("name=\"image\"; filename=\"a.png\""), std::string::npos);
}

TEST(Images, MistakesOfAFormNameTheirPart) {
  auto param_of = [](std::initializer_list<std::pair<std::string_view, std::string_view>> texts,
                     std::string_view picture, MakeFrom from = MakeFrom::pictures) {
    FormWriter form(0);
    if (!picture.empty()) form.file("image", "a.png", picture);
    for (auto [name, value] : texts) form.text(name, value);
    auto read = read_form(std::move(form), from);
    return read ? "nothing" : read.error().param;
  };
  EXPECT_EQ(param_of({{"prompt", "a"}}, png), "nothing");
  EXPECT_EQ(param_of({{"prompt", "a"}}, {}), "image");
  EXPECT_EQ(param_of({{"prompt", "a"}}, "GIF89a"), "image");
  EXPECT_EQ(param_of({{"prompt", "a"}, {"image", "text"}}, png), "image");
  EXPECT_EQ(param_of({{"prompt", "a"}, {"mask", "text"}}, png), "mask");
  EXPECT_EQ(param_of({}, png), "prompt");
  EXPECT_EQ(param_of({{"prompt", "a"}, {"n", "2.5"}}, png), "n");
  EXPECT_EQ(param_of({{"prompt", "a"}, {"n", "2"}, {"style", "vivid"}}, png), "style");
  EXPECT_EQ(param_of({{"prompt", "a"}, {"partial_images", "1"}}, png), "partial_images");
  for (std::string_view name : {"complexity", "frame_count", "frame_duration_ms", "svg", "markup"})
    EXPECT_EQ(param_of({{"prompt", "a"}, {name, "2"}}, png), name);
  EXPECT_EQ(param_of({{"prompt", "a"}, {"svg[model]", "m"}}, png), "svg");
  EXPECT_EQ(param_of({}, png, MakeFrom::likeness), "nothing");
  EXPECT_EQ(param_of({{"prompt", "a"}}, png, MakeFrom::likeness), "prompt");
  EXPECT_EQ(param_of({{"mask", "a"}}, png, MakeFrom::likeness), "mask");
  // Files that are no pictures to change, known and unknown.
  auto file_of = [](std::string_view name, MakeFrom from = MakeFrom::pictures) {
    FormWriter form(0);
    form.file("image", "a.png", png);
    if (from == MakeFrom::pictures) form.text("prompt", "a");
    form.file(name, "b.png", png);
    auto read = read_form(std::move(form), from);
    return read ? "nothing" : read.error().param;
  };
  for (std::string_view name : {"markup", "layer", "user", "n", "svg"}) EXPECT_EQ(file_of(name), name);
  EXPECT_EQ(file_of("mask"), "nothing");
  EXPECT_EQ(file_of("mask", MakeFrom::likeness), "mask");
  FormWriter two(0);
  for (int i = 0; i < 2; ++i) two.file("image", "a.png", png);
  EXPECT_EQ(read_form(std::move(two), MakeFrom::likeness).error().param, "image");
}

TEST(Images, ChangedOnesAreReadFromTheirOwnEvents) {
  auto make = [] { return std::make_unique<ImagesReply>(1, 40); };
  expect_lines(make,
               "data: {\"type\":\"image_edit.partial_image\",\"b64_json\":\"cw==\",\"partial_image_index\":0}\n\n"
               "data: {\"type\":\"image_edit.completed\",\"b64_json\":\"YQ==\",\"usage\":{\"input_tokens\":3,"
               "\"output_tokens\":9,\"input_tokens_details\":{\"image_tokens\":2}}}\n\n",
               {"started", "sketch 0 of 0: s", "picture 0: a", "usage 3 (0 cached) 9 (0 thought)"});
}

TEST(Images, AreReadFromADocument) {
  auto make = [] { return std::make_unique<ImagesReply>(2, 40); };
  expect_lines(
      make,
      R"( {"created":1,"data":[{"b64_json":"YQ=="},{"b64_json":"Yg=="}],"usage":{"input_tokens":3,"output_tokens":9}})",
      {"started", "picture 0: a", "picture 1: b", "usage 3 (0 cached) 9 (0 thought)"});
  expect_lines(make, R"({"data":[{"url":"https://a/b"}]})",
               {"started", "picture 0: https://a/b", "usage 0 (0 cached) 0 (0 thought)"});
  for (std::string_view wrong : {"{}", R"({"data":[]})", R"({"data":[{"b64_json":"!"}]})", R"({"data":[{}]})", "{", "",
                                 R"({"data":[{"b64_json":"YQ=="},{"b64_json":"YQ=="},{"b64_json":"YQ=="}]})"}) {
    auto decoder = make();
    std::string last = replay(*decoder, wrong, 5).back();
    EXPECT_TRUE(last == "failed: bad_reply" || (wrong.empty() && last == "failed: connection_cut")) << wrong << last;
  }
}

TEST(Images, AStreamHasSketchesAndIsWholeWithItsLastPicture) {
  auto make = [] { return std::make_unique<ImagesReply>(1, 40); };
  std::string_view stream =
      "event: image_generation.partial_image\n"
      R"(data: {"type":"image_generation.partial_image","b64_json":"YQ==","partial_image_index":0})"
      "\n\nevent: image_generation.completed\n"
      R"(data: {"type":"image_generation.completed","b64_json":"Yg==","usage":{"input_tokens":3,"output_tokens":9}})"
      "\n\n";
  Lines lines = {"started", "sketch 0 of 0: a", "picture 0: b", "usage 3 (0 cached) 9 (0 thought)"};
  expect_lines(make, stream, lines);
  expect_the_same_at_every_cut(make, stream, lines);
  auto failed = make();
  EXPECT_EQ(
      replay(*failed,
             "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"no\",\"code\":\"rate_limit\"}}\n\n", 9)
          .back(),
      "failed: upstream_rate_limited");
}

TEST(Images, AStreamedAnswerTellsItsUsageWithTheLastPicture) {
  ImagesStream stream(7, MakeFrom::words);
  std::string out;
  auto made = [](std::uint32_t index, std::optional<std::uint32_t> sketch, std::string bytes) {
    return PictureMade{.index = index,
                       .sketch = sketch,
                       .picture = std::make_shared<Picture>(Picture{.bytes = std::move(bytes), .size = "1x1"})};
  };
  stream.append(out, made(0, 1, "a"));
  EXPECT_EQ(
      out,
      "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\",\"created_at\":7,"
      "\"b64_json\":\"YQ==\",\"size\":\"1x1\",\"partial_image_index\":1}\n\n");
  out.clear();
  stream.append(out, made(0, std::nullopt, "b"));
  EXPECT_EQ(out, "");
  stream.append(out, Usage{.prompt_tokens = 1, .completion_tokens = 2});
  EXPECT_TRUE(out.starts_with("event: image_generation.completed\n")) << out;
  EXPECT_TRUE(out.contains("\"total_tokens\":3")) << out;
}

TEST(Transcripts, AStreamIsReadWithItsProbabilities) {
  auto make = [] { return std::make_unique<TranscriptReply>(40); };
  std::string_view stream =
      R"(data: {"type":"transcript.text.delta","delta":"He","logprobs":[{"token":"He","logprob":-0.5,"bytes":[72,101]}]})"
      "\n\n"
      R"(data: {"type":"transcript.text.delta","delta":"llo"})"
      "\n\n"
      R"(data: {"type":"transcript.text.done","text":"Hello","usage":{"type":"tokens","input_tokens":14,"output_tokens":3}})"
      "\n\n";
  Lines lines = {"started", "0 text He [He -0.5 +0]",           "0 text llo", "transcribed   ",
                 "0 stop",  "usage 14 (0 cached) 3 (0 thought)"};
  expect_lines(make, stream, lines);
  expect_the_same_at_every_cut(make, stream, lines);
}

TEST(Transcripts, ACallSaysWhatTheFormSaid) {
  std::string body;
  for (auto [name, value] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"file\"; filename=\"a.wav", "RIFF"},
                                                                            {"model", "m"},
                                                                            {"temperature", "0.5"},
                                                                            {"response_format", "verbose_json"},
                                                                            {"timestamp_granularities[]", "word"},
                                                                            {"timestamp_granularities[]", "segment"},
                                                                            {"language", "fr"},
                                                                            {"chunking_strategy[type]", "server_vad"},
                                                                            {"chunking_strategy[threshold]", "0.25"}}) {
    body += std::format("--XX\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name, value);
  }
  auto asked = decode_transcription_request("multipart/form-data; boundary=XX", body + "--XX--\r\n", false);
  ASSERT_TRUE(asked) << asked.error().message;
  FormCall call = encode_transcription_call(*asked, "whisper-1");
  auto again = decode_transcription_request(call.content_type, call.body, false);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->model, "whisper-1");
  EXPECT_EQ(again->audio, "RIFF");
  EXPECT_EQ(again->filename, "a.wav");
  EXPECT_EQ(again->temperature, 0.5);
  EXPECT_TRUE(again->word_times && again->segment_times);
  EXPECT_EQ(again->language, "fr");
  EXPECT_EQ(again->chunking, R"({"type":"server_vad","threshold":0.25})");
}

TEST(Transcripts, ADocumentAnswersAlsoWhoAskedForAStream) {
  expect_lines(
      [] { return std::make_unique<TranscriptReply>(40); },
      R"({"text":"Hi","language":"english","duration":2,"segments":[{"id":0,"text":"Hi","secret":1}],)"
      R"("words":[{"word":"Hi","start":0,"end":1}],"usage":{"type":"duration","seconds":2}})",
      {"started", "0 text Hi", R"(transcribed english [{"id":0,"text":"Hi"}] [{"word":"Hi","start":0,"end":1}])",
       "0 stop", "usage 11 (0 cached) 1 (0 thought)"});
  expect_lines([] { return std::make_unique<TranscriptText>(40); }, "Hi\n",
               {"started", "0 text Hi\n", "0 stop", "usage 11 (0 cached) 1 (0 thought)"});
  TranscriptText broken(40);
  EXPECT_EQ(replay(broken, "\xff\xfe", 1).back(), "failed: bad_reply");
}

TEST(Speech, IsPassedOnByteByByteAndNeverEmpty) {
  SpeechReply reply(40);
  EXPECT_EQ(replay(reply, "abc", 2), (Lines{"started", "sound ab", "sound c", "usage 11 (0 cached) 0 (0 thought)"}));
  SpeechReply empty(40);
  EXPECT_EQ(replay(empty, "", 1).back(), "failed: bad_reply");
  SpeechFile file("opus");
  std::string out;
  file.append(out, Sound{"abc"});
  file.append(out, Usage{});
  EXPECT_EQ(out, "abc");
  EXPECT_EQ(file.media_type(), "audio/ogg");
  EXPECT_FALSE(file.can_fail());
}

TEST(Moderations, AreReadInOrderAndWrittenInFull) {
  auto asked = decode_moderation_request(R"({"input":["a","b"]})");
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(encode_moderation_call(*asked, "m"), R"({"model":"m","input":["a","b"]})");
  expect_lines([] { return std::make_unique<ModerationReply>(2, 40); },
               R"({"id":"x","results":[{"flagged":false,"categories":{"hate":false},"category_scores":{"hate":0.1}},)"
               R"({"flagged":true,"categories":{"hate":true,"new/one":true},"category_scores":{"hate":2}}]})",
               {"started", "judged 0", "judged 1 flagged hate", "usage 0 (0 cached) 0 (0 thought)"});
  for (std::string_view wrong : {R"({"results":[]})", R"({"results":[{"flagged":true},{}]})", R"({"results":[1,2]})"}) {
    ModerationReply reply(2, 40);
    EXPECT_EQ(replay(reply, wrong, 5).back(), "failed: bad_reply") << wrong;
  }
  ModerationAnswer answer("modr-1", "m", 1);
  Judgement judgement{.index = 0, .flagged = true, .categories = {}};
  judgement.categories[2] = {.found = true, .score = 0.5, .in_text = true, .in_image = false};
  answer.add(judgement);
  std::string body = answer.body();
  EXPECT_TRUE(
      body.starts_with(R"({"id":"modr-1","model":"m","results":[{"flagged":true,"categories":{"harassment":false,)"))
      << body;
  EXPECT_TRUE(body.contains(R"("hate":0.5)") && body.contains(R"("hate":["text"])")) << body;
}

TEST(Moderations, TextsAndPicturesOfAnInputStayTogether) {
  std::string_view parts =
      R"([{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,YQ=="}}])";
  auto asked = decode_moderation_request(R"({"model":"m","input":)" + std::string(parts) + "}");
  ASSERT_TRUE(asked) << asked.error().message;
  ASSERT_EQ(asked->inputs.size(), 1u);
  EXPECT_EQ(asked->inputs[0].size(), 2u);
  EXPECT_EQ(encode_moderation_call(*asked, "m"), R"({"model":"m","input":)" + std::string(parts) + "}");
}

}  // namespace
}  // namespace entente::wire
