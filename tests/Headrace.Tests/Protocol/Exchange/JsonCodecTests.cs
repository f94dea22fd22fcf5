using System.Text;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Headrace.Protocol.Exchange;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Protocol.Exchange;

/// <summary>
/// Compares the JSON codec with Google's: random messages, damaged text, and corner cases of the mapping.
/// </summary>
public sealed partial class JsonCodecTests
{
    private const int Messages = 1_000;
    private const int DamagedMessages = 3_000;

    public static TheoryData<MessageForm> Forms =>
        [new MessageForm(nameof(ExchangeRequest)), new MessageForm(nameof(ExchangeReply))];

    [Theory]
    [MemberData(nameof(Forms))]
    public void JSON_written_by_Googles_codec_is_read_with_the_same_meaning(MessageForm form)
    {
        var messages = new RandomMessages(RandomSeed.Print(RandomSeed.First), inRange: true);
        for (var i = 0; i < Messages; i++)
        {
            var message = form.Make(messages);
            var text = JsonFormatter.Default.Format(message);

            Assert.True(
                message.ToByteArray().AsSpan().SequenceEqual(form.OfJsonByOurs(Encoding.UTF8.GetBytes(text))),
                text
            );
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void JSON_is_read_by_Googles_codec_with_the_same_meaning(MessageForm form)
    {
        var messages = new RandomMessages(RandomSeed.Print(RandomSeed.First), inRange: true);
        for (var i = 0; i < Messages; i++)
        {
            var bytes = form.Make(messages).ToByteArray();
            var text = form.ToJson(bytes);

            Assert.True(bytes.AsSpan().SequenceEqual(form.OfJsonByGoogles(text)), Encoding.UTF8.GetString(text));
        }
    }

    /// <summary>
    /// Both codecs must either accept damaged text with the same meaning or reject it. There is one exception: if an
    /// optional field occurs twice, our codec uses the last value, as it does for all other fields.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void Damaged_JSON_is_rejected_or_means_the_same(MessageForm form)
    {
        var random = RandomSeed.Print(RandomSeed.First);
        var messages = new RandomMessages(random, inRange: true);
        var (accepted, rejected) = (0, 0);
        for (var i = 0; i < DamagedMessages; i++)
        {
            var text = Damaged(JsonFormatter.Default.Format(form.Make(messages)), random);
            var utf8 = Encoding.UTF8.GetBytes(text);
            byte[]? ours = null;
            var why = "";
            try
            {
                ours = form.OfJsonByOurs(utf8);
            }
            catch (WireFormatException malformed)
            {
                why = malformed.Message;
            }

            byte[]? googles = null;
            var thrown = Record.Exception(() => googles = form.OfJsonByGoogles(utf8));
            if (thrown?.Message.StartsWith("Multiple values specified for oneof", StringComparison.Ordinal) == true)
                continue;
            // Google's code reads a number without quotes as a double, which has 53 bits.
            if (ours is not null && googles is not null && LongBareNumber().IsMatch(text))
                continue;
            Assert.True(
                ours.AsSpan().SequenceEqual(googles),
                $"Ours: {(ours is null ? why : "accepted")}. Google's: {thrown?.Message ?? "accepted"}. Text: {text}"
            );
            (accepted, rejected) = ours is null ? (accepted, rejected + 1) : (accepted + 1, rejected);
        }
        Assert.True(
            accepted > DamagedMessages / 20 && rejected > DamagedMessages / 4,
            $"{accepted} accepted, {rejected} rejected."
        );
    }

    [Theory]
    [InlineData("""{"exchange_number":"7","leases_held":[{"job":"1","attempt":2}]}""")]
    [InlineData("""{"exchangeNumber":7,"leasesHeld":[{"job":1,"attempt":"2"}]}""")]
    [InlineData("""{"exchangeNumber":7.0,"leasesHeld":[{"job":1e0,"attempt":2,"progress":null}],"outcomes":null}""")]
    [InlineData(
        """{ "exchange\u004eumber" : "7", "store" : null, "leasesHeld" : [ { "job" : "\u0031", "attempt" : 2 } ] }"""
    )]
    public void Both_names_of_a_member_and_both_forms_of_a_number_are_read(string json)
    {
        var request = ExchangeRequest.ReadJson(Encoding.UTF8.GetBytes(json));

        Assert.Equal(7ul, request.ExchangeNumber);
        Assert.Equal((1, 2), (request.LeasesHeld[0].Lease.Job.Value, request.LeasesHeld[0].Lease.Attempt));
    }

    [Theory]
    [InlineData("""{"n":"1"}""", "ExchangeRequest has no member 'n'")]
    [InlineData("""{"offers":[{"colour":"x"}]}""", "Offer has no member 'colour'")]
    [InlineData("""{"slots":-1}""", "Expected a whole number from 0 to 4294967295 for the member 'slots'")]
    [InlineData("""{"slots":1.5}""", "Expected a whole number from 0 to 4294967295 for the member 'slots'")]
    [InlineData("""{"exchangeNumber":"07"}""", "for the member 'exchangeNumber'")]
    [InlineData("""{"wait":"5"}""", "Expected a duration such as \"1.5s\" for the member 'wait'")]
    [InlineData("""{"worker":1}""", "Expected a string for the member 'worker'")]
    [InlineData("""{"worker":"\ud800"}""", "Expected UTF-8 for the member 'worker'")]
    [InlineData("""{"worker":"\\\udc00\ud800"}""", "Expected UTF-8 for the member 'worker'")]
    [InlineData("""{"worker":"\ud800\u0041"}""", "Expected UTF-8 for the member 'worker'")]
    [InlineData("""{"exchangeNumber":"\ude00"}""", "Expected UTF-8 for the member 'exchangeNumber'")]
    [InlineData("""{"outcomes":[{"result":"\ude00"}]}""", "Expected UTF-8 for the member 'result'")]
    [InlineData("""{"outcomes":[{"kind":"\ude00"}]}""", "Expected UTF-8 for the member 'kind'")]
    [InlineData("""{"\ude00":1}""", "Expected UTF-8 at byte")]
    [InlineData("""{"draining":"true"}""", "Expected true or false for the member 'draining'")]
    [InlineData("""{"outcomes":[{"kind":"done"}]}""", "Expected one of unspecified, succeeded, failed")]
    [InlineData("""{"outcomes":[{"result":"!"}]}""", "Expected a base64 string for the member 'result'")]
    [InlineData("""{"outcomes":[null]}""", "Expected an object")]
    [InlineData("""{"outcomes":{}}""", "Expected an array for the member 'outcomes'")]
    [InlineData(
        """{"outcomes":[{"metrics":{"started":"2030-02-30T00:00:00Z"}}]}""",
        "Expected a time such as \"2030-01-31T12:00:00Z\" for the member 'started'"
    )]
    [InlineData("[]", "Expected an object at byte 0")]
    [InlineData("""{"worker":""", "The message is not valid JSON")]
    [InlineData("{} {}", "The message is not valid JSON")]
    [InlineData("", "The message is not valid JSON")]
    public void Malformed_JSON_is_rejected_naming_the_error(string json, string words) =>
        Assert.Contains(
            words,
            Assert.Throws<WireFormatException>(() => ExchangeRequest.ReadJson(Encoding.UTF8.GetBytes(json))).Message,
            StringComparison.Ordinal
        );

    private static string Damaged(string text, Random random)
    {
        for (var times = random.Next(1, 3); times > 0; times--)
        {
            var at = random.Next(text.Length);
            text = random.Next(5) switch
            {
                0 => text[..at],
                // Replace a character with one that is significant in JSON syntax, in numbers or in times.
                1 => $"{text[..at]}{"{}[]\",:0129-+.eTZsn\\"[random.Next(20)]}{text[(at + 1)..]}",
                2 => text.Remove(at, 1),
                3 => text[..at] + text[random.Next(at + 1)..],
                _ => text.Replace(
                    random.Next(2) == 0 ? "\"" : "true",
                    random.Next(2) == 0 ? "null" : "",
                    StringComparison.Ordinal
                ),
            };
            if (text.Length == 0)
                break;
        }
        return text;
    }

    [GeneratedRegex("[ :\\[,-][0-9]{16}")]
    private static partial Regex LongBareNumber();
}
