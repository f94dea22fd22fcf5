using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Protocol;

public sealed class JobFilterParserTests
{
    private const string Valid =
        "Valid qualifiers: state, reason, queue, method, worker, owner, tag, key, parent, from, to, age, text.";

    private static readonly Instant Now = Instant.From(new DateTimeOffset(2030, 1, 31, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    public void An_empty_filter_selects_every_job(string? text) => Assert.Equal(JobFilter.Everything, Parse(text));

    [Fact]
    public void Every_qualifier_is_parsed() =>
        Assert.Equal(
            new JobFilter
            {
                State = JobState.Failed,
                Reason = FailReason.TooLarge,
                Queue = new QueueName("eu"),
                Method = new MethodName("sha512"),
                Worker = new WorkerName("w-1"),
                Owner = "Ada:L",
                Tags = JobTags.Of(["run=7", "a b"]),
                Key = "order 9",
                Parent = new JobId(42),
                From = Now + -TimeSpan.FromDays(1),
                To = Now + -TimeSpan.FromHours(1),
                Text = "no such file",
            },
            Parse(
                "state:failed  reason:too-large queue:eu method:sha512 worker:w-1 owner:Ada:L tag:run=7 tag:\"a b\" "
                    + "key:\"order 9\" parent:42 age:<1d age:>1h text:\"no such file\""
            )
        );

    [Fact]
    public void Times_and_dates_limit_the_time_of_submission()
    {
        var filter = Parse("from:2030-01-01 to:2030-01-02T03:04:05Z");

        Assert.Equal(Instant.From(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)), filter.From);
        Assert.Equal(Instant.From(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero)), filter.To);
    }

    [Theory]
    [InlineData("state:failed queue:eu tag:run=7 tag:\"a b\" text:\"no such file\"")]
    [InlineData("reason:timeout method:m worker:w owner:o key:k from:2030-01-01T00:00:00.5Z to:2030-01-02T00:00:00Z")]
    [InlineData("state:blocked parent:7")]
    [InlineData("state:unfinished queue:eu")]
    public void A_formatted_filter_is_parsed_to_the_same_filter(string text) =>
        Assert.Equal(Parse(text), Parse(JobFilterFormat.ToText(Parse(text))));

    [Theory]
    [InlineData(
        "state:done",
        "'done' is not a job state. Valid states: blocked, scheduled, ready, running, succeeded, failed, cancelled; "
            + "unfinished for any before an end.",
        "      ^^^^"
    )]
    [InlineData(
        "queue:eu reason:bad",
        "'bad' is not a failure reason. Valid reasons: error, exhausted, timeout, rejected, deadline, "
            + "dependency, lost, poison, too-large.",
        "                ^^^"
    )]
    [InlineData(
        "queue:EU",
        "'EU' is not a valid queue name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting "
            + "with a letter or digit.",
        "      ^^"
    )]
    [InlineData(
        "method:sha512@1",
        "'sha512@1' is not a valid method name for a filter. Use 1 to 64 characters from a-z, 0-9, '.', '_' "
            + "and '-', starting with a letter or digit, without a version.",
        "       ^^^^^^^^"
    )]
    [InlineData(
        "worker:*",
        "'*' is not a valid worker name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting "
            + "with a letter or digit.",
        "       ^"
    )]
    [InlineData(
        "state:ready quueue:eu",
        "There is no filter qualifier 'quueue'. Did you mean 'queue'? " + Valid,
        "            ^^^^^^"
    )]
    [InlineData("QUEUE:eu", "There is no filter qualifier 'QUEUE'. Did you mean 'queue'? " + Valid, "^^^^^")]
    [InlineData("priority:5", "There is no filter qualifier 'priority'. " + Valid, "^^^^^^^^")]
    [InlineData(
        "age:1h",
        "'1h' is not a valid age. Use age:>1h for older jobs or age:<1h for newer ones, with a number followed by a "
            + "unit (ms, s, m, h or d), such as \"15s\".",
        "    ^^"
    )]
    [InlineData(
        "from:yesterday",
        "'yesterday' is not a valid time. Use an RFC 3339 date and time with a UTC offset, for example "
            + "2030-01-31T12:00:00Z, or a date such as 2030-01-31.",
        "     ^^^^^^^^^"
    )]
    [InlineData("failed", "The filter term 'failed' does not have the form qualifier:value. " + Valid, "^^^^^^")]
    [InlineData("state:", "The filter term 'state:' does not have the form qualifier:value. " + Valid, "^^^^^^")]
    [InlineData(":failed", "The filter term ':failed' does not have the form qualifier:value. " + Valid, "^^^^^^^")]
    [InlineData("text:\"a b", "The filter term 'text:\"a b' has no closing quotation mark.", "^^^^^^^^^")]
    [InlineData(
        "state:failed state:ready",
        "The filter contains 'state' twice. Use each qualifier except 'tag' at most once.",
        "             ^^^^^^^^^^^"
    )]
    public void A_wrong_term_is_rejected_with_the_valid_choices_and_marked(string text, string message, string mark)
    {
        Assert.False(JobFilterParser.TryParse(text, Now, out _, out var fault));
        Assert.Equal(message, fault.Message);
        Assert.Equal($"{text}\n{mark}", fault.Mark(text));
    }

    [Theory]
    [InlineData("tag:\"say \"\"hi\"\"\"", "say \"hi\"")]
    [InlineData("tag:\"\"\"\"", "\"")]
    [InlineData("tag:size=\"3 x\"", "size=3 x")]
    [InlineData("tag:\"\"a", "a")]
    public void Two_quotation_marks_within_quotation_marks_stand_for_one(string text, string tag) =>
        Assert.Equal([tag], Parse(text).Tags.Values);

    /// <summary>Every text that a job can carry can be searched for.</summary>
    [Fact]
    public void Any_tag_key_and_text_survives_formatting_and_parsing()
    {
        const string Characters = "\" ab:\\='>\t\u00e9,";
        var random = new Random(7);
        for (var round = 0; round < 5_000; round++)
        {
            var filter = new JobFilter
            {
                Owner = Text(),
                Tags = JobTags.Of([Text(), Text() + "1"]),
                Key = Text(),
                Text = Text(),
            };

            Assert.Equal(filter, Parse(JobFilterFormat.ToText(filter)));
        }

        string Text() => new(random.GetItems<char>(Characters, random.Next(1, 8)));
    }

    private static JobFilter Parse(string? text)
    {
        Assert.True(JobFilterParser.TryParse(text, Now, out var filter, out var fault), fault.Message);
        return filter;
    }
}
