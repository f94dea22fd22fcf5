using System.Buffers;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Headrace.Core.Jobs;
using Headrace.Protocol.Wire;
using Headrace.Server.Http;
using Headrace.Server.Intake;
using Headrace.Server.Intake.Batches;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Server.Intake.Batches;

public sealed class ProtobufFormatTests
{
    [Fact]
    public void Jobs_that_the_generated_code_wrote_are_read_correctly_however_the_bytes_are_split()
    {
        var batch = new SubmitBatch
        {
            Jobs =
            {
                Named("a"),
                Named("b"),
                new SubmitJob { Method = "c", Body = ByteString.CopyFrom(new byte[300]) },
                new SubmitJob(),
            },
        };
        var bytes = batch.ToByteArray();

        for (var piece = 1; piece <= bytes.Length; piece++)
            Assert.Equal([.. batch.Jobs], Frames(bytes, piece).Select(f => SubmitJob.Parser.ParseFrom(f.Bytes)));
    }

    [Fact]
    public void The_generated_code_can_read_the_answers()
    {
        var format = new ProtobufFormat();
        var output = new ArrayBufferWriter<byte>();

        format.Write(new BatchAnswer(1, JobId.Of(3, 42), JobState.Ready, null), output);
        format.Write(
            new BatchAnswer(
                2,
                default,
                default,
                new Problem(ProblemKinds.QueueFull, new string('x', 500)) { RetryAfter = TimeSpan.FromSeconds(7) }
            ),
            output
        );

        var reply = SubmitReply.Parser.ParseFrom(output.WrittenSpan);
        Assert.Equal(2, reply.Results.Count);
        Assert.Equal((ulong)JobId.Of(3, 42).Value, reply.Results[0].Id);
        Assert.Equal(
            new SubmitReply.Types.Problem
            {
                Type = "/problems/queue-full",
                Status = 429,
                Detail = new string('x', 500),
                RetryAfter = Duration.FromTimeSpan(TimeSpan.FromSeconds(7)),
            },
            reply.Results[1].Problem
        );
    }

    [Fact]
    public void A_job_that_is_too_large_is_skipped_and_the_next_job_is_read()
    {
        var batch = new SubmitBatch
        {
            Jobs =
            {
                Named("a"),
                new SubmitJob { Method = "big", Body = ByteString.CopyFrom(new byte[JobRequestReader.MaxBytes]) },
                Named("b"),
            },
        };
        var size = batch.Jobs[1].CalculateSize();

        var frames = Frames(batch.ToByteArray(), 1 << 16);

        Assert.Equal([1, 2, 3], frames.Select(f => f.Line));
        Assert.Equal($"Job 2 of the batch is {size} bytes; the limit is 2097152 bytes.", frames[1].Problem?.Detail);
        Assert.Equal("b", SubmitJob.Parser.ParseFrom(frames[2].Bytes).Method);
    }

    [Theory]
    [InlineData("120161", "byte 0x12 does not start a job; the only field of SubmitBatch is jobs = 1")]
    [InlineData("0AFFFFFFFFFF01", "a length is not a valid varint")]
    [InlineData("0A80", "the data ends inside a length")]
    [InlineData("0A0561", "the data ends inside a job of 5 bytes")]
    public void After_a_framing_error_one_last_answer_reports_it(string hex, string why)
    {
        byte[] bytes = [.. new SubmitBatch { Jobs = { Named("a") } }.ToByteArray(), .. Convert.FromHexString(hex)];

        var frames = Frames(bytes, bytes.Length);

        Assert.Equal(2, frames.Count);
        Assert.True(frames[1].IsLast);
        Assert.Equal(
            $"The batch cannot be parsed after job 1: {why}. No jobs after that one were submitted.",
            frames[1].Problem?.Detail
        );
    }

    [Fact]
    public void Every_field_of_a_job_is_parsed()
    {
        var due = new DateTimeOffset(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);
        var job = Read(
            new SubmitJob
            {
                Method = "forecast@2",
                Queue = "eu",
                Params = """{"a":1}""",
                Body = ByteString.CopyFromUtf8("xyz"),
                ContentType = "text/csv",
                Priority = -4,
                ScheduledAt = Timestamp.FromDateTimeOffset(due),
                Deadline = Timestamp.FromDateTimeOffset(due.AddHours(1)),
                TimeLimit = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(1500)),
                Retries = 0,
            }
        );

        var spec = job.Spec;
        Assert.Equal(
            ("forecast", 2, "eu", -4, 0),
            (spec.Method.Text, spec.Version, spec.Queue.Text, spec.Priority, spec.Retries)
        );
        Assert.Equal(
            ("""{"a":1}""", "xyz", "text/csv"),
            (Encoding.UTF8.GetString(spec.Params), Encoding.UTF8.GetString(job.Body.Span), spec.ContentType)
        );
        Assert.Equal(
            (due, due.AddHours(1), TimeSpan.FromSeconds(1.5)),
            (spec.ScheduledAt.ToDateTimeOffset(), spec.Deadline.ToDateTimeOffset(), spec.TimeLimit)
        );
    }

    [Fact]
    public void Omitted_fields_have_their_defaults()
    {
        var spec = Read(new SubmitJob { Method = "noop", Body = ByteString.CopyFromUtf8("x") }).Spec;

        Assert.Equal(("default", 3, "application/octet-stream"), (spec.Queue.Text, spec.Retries, spec.ContentType));
    }

    [Fact]
    public void An_invalid_field_is_rejected_by_name()
    {
        Refused(
            "scheduled_at is not valid. Use a timestamp between the years 1 and 9999.",
            new SubmitJob
            {
                Method = "noop",
                ScheduledAt = new Timestamp { Seconds = long.MaxValue },
            }
        );
        Refused(
            "deadline is not valid. Use a timestamp between the years 1 and 9999.",
            new SubmitJob
            {
                Method = "noop",
                Deadline = new Timestamp { Nanos = -1 },
            }
        );
        Refused(
            "time_limit is not valid. Use a duration of at most 10,000 years.",
            new SubmitJob
            {
                Method = "noop",
                TimeLimit = new Duration { Seconds = long.MaxValue },
            }
        );
        Refused(
            "timeLimit is zero, so no attempt could run. Use a longer duration, or leave it out for no limit.",
            new SubmitJob { Method = "noop", TimeLimit = new Duration() }
        );
        Refused(
            "retries=4294967295 is not valid. Use a whole number from 0 to 1000.",
            new SubmitJob { Method = "noop", Retries = uint.MaxValue }
        );
        Refused(
            "content_type is set without a body. Set body, or leave content_type out.",
            new SubmitJob { Method = "noop", ContentType = "text/csv" }
        );
        Refused(
            "The idempotency key has 256 characters, but must have 1 to 255.",
            new SubmitJob { Method = "noop", IdempotencyKey = new string('k', 256) }
        );
        Refused(
            "The params are not valid: $ is not valid JSON (line 1, byte 2: 'a' is an invalid start of a "
                + "property name. Expected a '\"').",
            new SubmitJob { Method = "noop", Params = "{a}" }
        );
    }

    [Fact]
    public void An_unsupported_field_is_rejected_by_name()
    {
        Refused("payload is not supported. Leave it out.", new SubmitJob { Method = "noop", Payload = new() });
        Refused("shard is not supported. Leave it out.", new SubmitJob { Method = "noop", Shard = 1 });
    }

    [Fact]
    public void A_job_does_not_reference_its_receive_buffer()
    {
        var bytes = new SubmitJob
        {
            Method = "noop",
            Params = """{"a":1}""",
            Body = ByteString.CopyFromUtf8("xyz"),
        }.ToByteArray();

        Assert.True(
            new ProtobufFormat().Read(new ReadOnlySequence<byte>(bytes), TestCallers.Ada).TryGet(out var job, out _)
        );
        bytes.AsSpan().Fill((byte)'X');

        Assert.Equal(
            ("""{"a":1}""", "xyz"),
            (Encoding.UTF8.GetString(job.Spec.Params), Encoding.UTF8.GetString(job.Body.Span))
        );
    }

    [Fact]
    public void Bytes_that_are_not_a_valid_job_are_rejected()
    {
        Assert.False(
            new ProtobufFormat()
                .Read(new ReadOnlySequence<byte>([0xFF]), TestCallers.Ada)
                .TryGet(out _, out var problem)
        );
        Assert.StartsWith("The job is not a valid SubmitJob message: ", problem.Detail, StringComparison.Ordinal);
    }

    private static SubmitJob Named(string method) => new() { Method = method };

    private static NewJob Read(SubmitJob job)
    {
        Assert.True(Parse(job).TryGet(out var read, out var problem), problem?.Detail);
        return read;
    }

    private static void Refused(string detail, SubmitJob job)
    {
        Assert.False(Parse(job).TryGet(out _, out var problem));
        Assert.Equal(detail, problem.Detail);
    }

    private static Result<NewJob> Parse(SubmitJob job) =>
        new ProtobufFormat().Read(new ReadOnlySequence<byte>(job.ToByteArray()), TestCallers.Ada);

    private static List<BatchFrame> Frames(byte[] bytes, int piece)
    {
        var format = new ProtobufFormat();
        var frames = new List<BatchFrame>();
        var (taken, arrived) = (0, 0);
        bool completed;
        do
        {
            arrived = Math.Min(bytes.Length, arrived + piece);
            completed = arrived == bytes.Length;
            var buffer = new ReadOnlySequence<byte>(bytes, taken, arrived - taken);
            while (format.TryTake(ref buffer, completed, out var frame))
                frames.Add(frame);
            taken = arrived - (int)buffer.Length;
        } while (!completed);
        return frames;
    }
}
