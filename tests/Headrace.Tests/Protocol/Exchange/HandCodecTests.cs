using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Headrace.Protocol.Exchange;
using Xunit;

namespace Headrace.Tests.Protocol.Exchange;

/// <summary>
/// The codec by hand against the generated one, on messages of chance and on what chance makes of them.
/// </summary>
public sealed class HandCodecTests
{
    private const int Messages = 3_000;
    private const int Damages = 15_000;

    public static TheoryData<MessageForm> Forms =>
        [new MessageForm(nameof(ExchangeRequest)), new MessageForm(nameof(ExchangeReply))];

    [Theory]
    [MemberData(nameof(Forms))]
    public void What_the_generated_code_writes_is_read_and_written_back_byte_for_byte(MessageForm form)
    {
        var random = Seeded();
        var messages = new RandomMessages(random);
        for (var i = 0; i < Messages; i++)
        {
            var bytes = form.Make(messages).ToByteArray();

            Assert.Equal(bytes, form.ThroughHand(bytes));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Two_messages_in_a_row_are_one_with_the_fields_of_both(MessageForm form)
    {
        var random = Seeded();
        var messages = new RandomMessages(random);
        for (var i = 0; i < Messages; i++)
        {
            byte[] bytes = [.. form.Make(messages).ToByteArray(), .. form.Make(messages).ToByteArray()];

            Assert.Equal(form.ThroughGenerated(bytes), form.ThroughHand(bytes));
        }
    }

    /// <summary>
    /// Each damaged message is taken by both codecs, with the same meaning, or by neither; only a known field in
    /// another layout is refused by hand alone.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void What_is_damaged_is_refused_in_words_or_means_the_same_and_costs_little(MessageForm form)
    {
        var random = Seeded();
        var messages = new RandomMessages(random);
        var (taken, refused, stricter) = (0, 0, 0);
        for (var i = 0; i < Damages; i++)
        {
            var bytes = Damaged(form.Make(messages).ToByteArray(), random);
            byte[]? byHand = null;
            var why = "";
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                byHand = form.ThroughHand(bytes);
            }
            catch (WireFormatException malformed)
            {
                why = malformed.Message;
            }
            // A held lease has 2 bytes on the wire and 40 in memory; strings are twice as long; then all is written
            // again.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (64 * bytes.Length) + 20_000);

            if (byHand is not null)
            {
                // The generated code refuses text that is not UTF-8. The hand codec replaces it: an outcome must not be
                // lost for the words of its error.
                var thrown = Record.Exception(() => Assert.Equal(form.ThroughGenerated(bytes), byHand));
                if (thrown is InvalidProtocolBufferException { InnerException: DecoderFallbackException })
                    Assert.Equal(form.ThroughGenerated(byHand), byHand);
                else if (thrown is not null)
                    Assert.Fail(thrown.Message);
                taken++;
            }
            else if (why.Contains("has the wire type", StringComparison.Ordinal))
                stricter++;
            else
            {
                var thrown = Record.Exception(() => form.ThroughGenerated(bytes));
                Assert.True(
                    thrown is InvalidProtocolBufferException,
                    $"By hand: {why} Generated: {thrown?.Message ?? "taken"}. Bytes: {Convert.ToHexString(bytes)}"
                );
                refused++;
            }
        }
        Assert.True(
            taken > Damages / 10 && refused > Damages / 10 && stricter > 100,
            $"{taken} taken, {refused} refused, {stricter} refused for their layout: the damages are no test."
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
                    // A number that goes on and on, or is as large as can be.
                    bytes = [.. bytes[..at], .. Enumerable.Repeat((byte)255, random.Next(1, 12)), .. bytes[at..]];
                    break;
            }
            if (bytes.Length == 0)
                break;
        }
        return bytes;
    }

    private static Random Seeded()
    {
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        return new Random(seed);
    }
}
