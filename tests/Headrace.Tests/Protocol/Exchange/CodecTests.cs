using System.Text;
using Google.Protobuf;
using Headrace.Protocol.Exchange;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Protocol.Exchange;

/// <summary>Compares the codec with Google's on random messages and on randomly damaged messages.</summary>
public sealed class CodecTests
{
    private const int Messages = 2_000;
    private const int DamagedMessages = 8_000;

    public static TheoryData<MessageForm> Forms =>
        [
            new MessageForm(nameof(ExchangeRequest)),
            new MessageForm(nameof(ExchangeReply)),
            new MessageForm(nameof(SubmitJob)),
            new MessageForm(nameof(SubmitReply)),
        ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Messages_written_by_Googles_codec_are_read_and_written_back_byte_for_byte(MessageForm form)
    {
        var random = RandomSeed.Print(RandomSeed.First);
        var messages = new RandomMessages(random);
        for (var i = 0; i < Messages; i++)
        {
            var bytes = form.Make(messages).ToByteArray();

            Assert.Equal(bytes, form.ThroughOurs(bytes));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Two_concatenated_messages_are_merged_into_one(MessageForm form)
    {
        var random = RandomSeed.Print(RandomSeed.First);
        var messages = new RandomMessages(random);
        for (var i = 0; i < Messages; i++)
        {
            byte[] bytes = [.. form.Make(messages).ToByteArray(), .. form.Make(messages).ToByteArray()];

            Assert.Equal(form.ThroughGoogles(bytes), form.ThroughOurs(bytes));
        }
    }

    /// <summary>
    /// Both codecs must either accept a damaged message with the same meaning or reject it. There is one exception:
    /// only our codec rejects a known field that has the wrong wire type.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void A_damaged_message_is_rejected_with_a_reason_or_means_the_same_at_a_bounded_cost(MessageForm form)
    {
        var random = RandomSeed.Print(RandomSeed.First);
        var messages = new RandomMessages(random);
        var (accepted, rejected, stricter) = (0, 0, 0);
        for (var i = 0; i < DamagedMessages; i++)
        {
            var bytes = Damaged(form.Make(messages).ToByteArray(), random);
            byte[]? ours = null;
            var why = "";
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ours = form.ThroughOurs(bytes);
            }
            catch (WireFormatException malformed)
            {
                why = malformed.Message;
            }
            // The limit leaves room for held leases (2 bytes each on the wire, 40 in memory), for strings (twice their
            // length), and for writing the message again.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (64 * bytes.Length) + 20_000);

            if (ours is not null)
            {
                // Google's code rejects text that is not UTF-8. Ours replaces the invalid bytes, so that an outcome is
                // not lost because of its error text.
                var thrown = Record.Exception(() => Assert.Equal(form.ThroughGoogles(bytes), ours));
                if (thrown is InvalidProtocolBufferException { InnerException: DecoderFallbackException })
                    Assert.Equal(form.ThroughGoogles(ours), ours);
                else if (thrown is not null)
                    Assert.Fail(thrown.Message);
                accepted++;
            }
            else if (why.Contains("has wire type", StringComparison.Ordinal))
                stricter++;
            else
            {
                var thrown = Record.Exception(() => form.ThroughGoogles(bytes));
                // For some lengths near 2^31, Google's code reads past the end of its buffer instead of rejecting the
                // message.
                Assert.True(
                    thrown is InvalidProtocolBufferException or IndexOutOfRangeException,
                    $"Ours: {why} Google's: {thrown?.Message ?? "accepted"}. Bytes: {Convert.ToHexString(bytes)}"
                );
                rejected++;
            }
        }
        Assert.True(
            accepted > DamagedMessages / 10 && rejected > DamagedMessages / 10 && stricter > 100,
            $"Too few messages for a meaningful test: {accepted} accepted, {rejected} rejected, "
                + $"{stricter} rejected only by our codec."
        );
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
            return bytes;
        for (var times = random.Next(1, 3); times > 0; times--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0:
                    bytes = bytes[..at];
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 3:
                    bytes = [.. bytes[..at], .. bytes[random.Next(at + 1)..]];
                    break;
                default:
                    // Insert a varint that never ends, or one with the largest possible value.
                    bytes = [.. bytes[..at], .. Enumerable.Repeat((byte)255, random.Next(1, 12)), .. bytes[at..]];
                    break;
            }
            if (bytes.Length == 0)
                break;
        }
        return bytes;
    }

}
