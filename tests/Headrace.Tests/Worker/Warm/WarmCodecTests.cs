using System.Buffers;
using Headrace.Tests.Support;
using Headrace.Worker.Warm;
using Xunit;

namespace Headrace.Tests.Worker.Warm;

public sealed class WarmCodecTests
{
    private static readonly WarmFrame[] Frames =
    [
        new WarmFrame.Hello(1, 64, "m@2"),
        new WarmFrame.Ready(1),
        new WarmFrame.CallJobs([
            new WarmJob(7, 42, 3, """{"x":1}"""u8.ToArray(), "text/plain", new byte[] { 1, 2, 3 }),
            new WarmJob(8, ulong.MaxValue, 1, default, "", default),
        ]),
        new WarmFrame.Trace(7, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        new WarmFrame.Cancel(7),
        new WarmFrame.Cancel(7, "The job exceeded its time limit of 2s."),
        new WarmFrame.Stop(),
        new WarmFrame.Join(1, 3, 4, ulong.MaxValue),
        new WarmFrame.Heartbeat(),
        new WarmFrame.Progress(7, 0.25, "a quarter"),
        new WarmFrame.Log(0, "one\ntwo"u8.ToArray()),
        new WarmFrame.Result(7, "application/json", "[1]"u8.ToArray()),
        new WarmFrame.Error(8, WarmErrorKind.Reject, "größer als 5"),
        new WarmFrame.Error(9, WarmErrorKind.Retry, "division by zero", "ZeroDivisionError"),
        new WarmFrame.Submit(
            9,
            1,
            [
                new WarmChild("""{"method":"m"}"""u8.ToArray(), new byte[] { 1, 2 }),
                new WarmChild("""{"method":"n"}"""u8.ToArray(), default),
            ]
        ),
        new WarmFrame.Accepted(9, 1, [ulong.MaxValue, 2]),
        new WarmFrame.Refused(9, 2, "queue-full", "Die Queue ist völlig voll."),
    ];

    [Fact]
    public void Every_frame_is_read_as_it_was_written_however_the_bytes_arrive()
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var frame in Frames)
            WarmCodec.Write(bytes, frame);
        foreach (var part in new[] { 1, 2, 7, bytes.WrittenCount })
        {
            var read = new List<WarmFrame>();
            var (start, end) = (0, 0);
            while (end < bytes.WrittenCount)
            {
                end = Math.Min(end + part, bytes.WrittenCount);
                while (WarmCodec.TryRead(bytes.WrittenSpan[start..end], out var used, out var skip) is { } frame)
                {
                    Assert.Equal(0, skip);
                    read.Add(frame);
                    start += used;
                }
            }

            Assert.Equal(Frames.Select(Text), read.Select(Text));
        }
    }

    [Theory]
    [InlineData(
        new byte[] { 0, 0, 0, 0 },
        "A frame has the length 0. The length counts the type, so it is at least 1."
    )]
    [InlineData(new byte[] { 1, 0, 0, 0, 7 }, "A frame has the unknown type 0x07.")]
    [InlineData(new byte[] { 1, 0, 0, 0, (byte)'?' }, "A frame has the unknown type '?'.")]
    [InlineData(
        new byte[] { 3, 0, 0, 0, (byte)'x', 1, 2 },
        "A frame of type 'x' is too short: a field of 4 bytes begins where only 2 bytes are left."
    )]
    [InlineData(new byte[] { 2, 0, 0, 0, (byte)'s', 0 }, "A frame of type 's' is 1 byte(s) too long.")]
    [InlineData(
        new byte[] { 6, 0, 0, 0, (byte)'e', 1, 0, 0, 0, 9 },
        "An error has the unknown kind 9; 0, 1 and 2 are defined."
    )]
    [InlineData(
        new byte[] { 255, 255, 255, 127, (byte)'l' },
        "A frame of type 'l' is 2147483647 bytes; the limit is 1114112."
    )]
    public void A_frame_that_is_not_valid_is_rejected(byte[] bytes, string message)
    {
        var invalid = Assert.Throws<WarmProtocolException>(() => WarmCodec.TryRead(bytes, out _, out _));

        Assert.Equal(message, invalid.Message);
    }

    [Fact]
    public void A_result_that_is_too_large_is_skipped()
    {
        byte[] header = [0, 0, 0, 1, (byte)'o', 9, 0, 0, 0];

        Assert.Null(WarmCodec.TryRead(header.AsSpan(0, 8), out _, out _));
        var frame = WarmCodec.TryRead(header, out var used, out var skip);

        Assert.Equal(new WarmFrame.SkippedResult(9, (1 << 24) - 5), frame);
        Assert.Equal((9, (1 << 24) - 5), (used, skip));
    }

    [Fact]
    public void Arbitrary_bytes_are_read_or_rejected_and_never_cause_another_exception()
    {
        var random = RandomSeed.Print(RandomSeed.First);
        var (accepted, rejected) = (0, 0);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new ArrayBufferWriter<byte>();
            WarmCodec.Write(bytes, Frames[random.Next(Frames.Length)]);
            var changed = bytes.WrittenSpan.ToArray();
            for (var change = random.Next(4); change > 0; change--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                if (WarmCodec.TryRead(changed, out var used, out _) is null)
                    continue;
                Assert.InRange(used, 1, changed.Length);
                accepted++;
            }
            catch (WarmProtocolException)
            {
                rejected++;
            }
        }

        Assert.InRange(accepted, 1_000, int.MaxValue);
        Assert.InRange(rejected, 1_000, int.MaxValue);
    }

    /// <summary>Returns the content of a frame as text, because records compare memory by reference.</summary>
    private static string Text(WarmFrame frame)
    {
        var bytes = new ArrayBufferWriter<byte>();
        WarmCodec.Write(bytes, frame);
        return $"{frame.GetType().Name} {Convert.ToHexString(bytes.WrittenSpan)}";
    }
}
