using System.Text;
using Headrace.Server.Intake;
using Headrace.Server.Jobs;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Server.Intake;

/// <summary>
/// Compares the two readers. They must return the same result for every text that the plain reader accepts, and the
/// plain reader must never accept a text that the full reader rejects.
/// </summary>
public sealed class PlainJobReaderTests
{
    // Valid and invalid values for every member, and members that only the full reader supports. Each generated job
    // contains some of these members in random order, and may contain some of them twice.
    private static readonly string[] Members =
    [
        "\"method\":\"noop\"",
        "\"method\":\"sha512@1\"",
        "\"method\":null",
        "\"method\":7",
        "\"m\\u0065thod\":\"noop\"",
        "\"method\":\"no\\u006fp\"",
        "\"body\":\"grüße 😀\"",
        "\"body\":\"\"",
        "\"body\":\"a\\n\\u0041\"",
        "\"body\":null",
        "\"body\":{}",
        "\"body\":\"\\ud800\"",
        "\"bodyBase64\":\"AAEC\"",
        "\"bodyBase64\":\"\"",
        "\"bodyBase64\":\"AAE\"",
        "\"bodyBase64\":\"AA EC\"",
        "\"bodyBase64\":\"A\\u0041EC\"",
        "\"bodyBase64\":\"AAE=\"",
        "\"contentType\":\"text/csv\"",
        "\"contentType\":\"\"",
        "\"contentType\":null",
        "\"queue\":\"eu\"",
        "\"queue\":\"default\"",
        "\"queue\":\"Not a queue\"",
        "\"priority\":-7",
        "\"priority\":1.0",
        "\"priority\":1e2",
        "\"priority\":2147483648",
        "\"priority\":\"1\"",
        "\"priority\":null",
        "\"retries\":0",
        "\"retries\":-1",
        "\"retries\":01",
        "\"idempotencyKey\":\"k-1\"",
        "\"idempotencyKey\":\"\"",
        "\"scheduledAt\":\"2030-01-31T12:00:00Z\"",
        "\"timeLimit\":\"30s\"",
        "\"tags\":[]",
        "\"Method\":\"noop\"",
        "\"nonsense\":1",
        "\"params\":{ \"iterations\" : 1.50 }",
        "\"params\":{}",
        "\"params\":null",
        "\"params\":[]",
        "\"params\":{\"a\":1,\"a\":2}",
        "\"params\":{\"a\":1,\"\\u0061\":2}",
        "\"params\":{\"a\":{\"b\":[1]}}",
        "\"params\":{\"a\":{\"b\":1,\"b\":2}}",
        "\"params\":{\"a\":\"x\",\"b\":true,\"c\":null,\"d\":-0.0e5}",
        "\"params\":{\"1\":1,\"2\":2,\"3\":3,\"4\":4,\"5\":5,\"6\":6,\"7\":7,\"8\":8,\"9\":9}",
        "\"params\":{\"a\":\"\\ud800\"}",
    ];

    private static readonly string[] Ends = ["}", "} ", "}\n", "}x", "", ",}", "}{}"];

    [Fact]
    public void Both_readers_agree_on_every_text_that_the_plain_reader_accepts()
    {
        var seed = RandomSeed.First;
        var random = RandomSeed.Print(seed);
        var (plainly, alike) = (0, 0);
        for (var i = 0; i < 200_000; i++)
        {
            var members = Enumerable.Range(0, random.Next(6)).Select(_ => Members[random.Next(Members.Length)]);
            var joined = string.Join(random.Next(9) == 0 ? " , " : ",", members);
            var text = "{" + joined + (random.Next(5) > 0 ? "}" : Ends[random.Next(Ends.Length)]);
            var utf8 = Encoding.UTF8.GetBytes(text);
            if (PlainJobReader.Read(utf8) is not { } plain)
                continue;
            plainly++;
            Assert.True(
                JobRequestReader.ReadAny(utf8).TryGet(out var any, out var problem),
                $"Seed {seed}: only the plain reader accepted {text}. The full reader reported: {problem?.Detail}"
            );
            Assert.True(Text(plain) == Text(any), $"Seed {seed}: {text}\n{Text(plain)}\n{Text(any)}");
            alike++;
        }
        // A plain reader that rejected every text would never disagree with the full reader, so it must accept many
        // texts.
        Assert.True(
            plainly > 2_000,
            $"Seed {seed}: the plain reader accepted only {plainly} texts, so the test covers too little."
        );
        Assert.Equal(plainly, alike);
    }

    [Theory]
    [InlineData("""{"method":"noop","body":"xxxxxxxx"}""")]
    [InlineData("""{"method":"sha512","params":{"iterations":10000},"queue":"recovery"}""")]
    [InlineData(
        """{"method":"sha512","params":{"iterations":1},"bodyBase64":"AAEC","""
            + "\"contentType\":\"image/png\",\"idempotencyKey\":\"3f-17\"}"
    )]
    public void The_plain_reader_accepts_typical_jobs(string json) =>
        Assert.NotNull(PlainJobReader.Read(Encoding.UTF8.GetBytes(json)));

    private static string Text(SubmissionFields terms) =>
        (terms with { Params = [], Body = default })
            .ToString()
            .Replace(typeof(byte[]).ToString(), "", StringComparison.Ordinal)
        + $" params {Convert.ToHexString(terms.Params)} body {Convert.ToHexString(terms.Body.Span)}";
}
