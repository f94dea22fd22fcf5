using Headrace.Apps.Benchop.Numerics.Sampling;
using Xunit;

namespace Headrace.Benchop.Tests.Numerics.Sampling;

public sealed class PhiloxTests
{
    // The known answers that the authors distribute with their library (Random123, kat_vectors).
    [Theory]
    [InlineData(new uint[] { 0, 0, 0, 0 }, 0, 0, new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 })]
    [InlineData(
        new uint[] { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
        0xffffffff,
        0xffffffff,
        new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd }
    )]
    [InlineData(
        new uint[] { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
        0xa4093822,
        0x299f31d0,
        new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 }
    )]
    public void The_known_answers_of_the_authors_are_reproduced(uint[] counter, uint key0, uint key1, uint[] expected)
    {
        var (a, b, c, d) = Philox.Block((counter[0], counter[1], counter[2], counter[3]), key0, key1);

        uint[] words = [a, b, c, d];
        Assert.Equal(expected, words);
    }

    [Fact]
    public void Four_counters_at_once_yield_the_words_of_each()
    {
        var uniforms = new double[3 * Philox.Group];

        Philox.Fill(seed: 7, stream: 3, substream: 5, firstGroup: 2, uniforms);

        for (var i = 0; i < uniforms.Length; i++)
        {
            var counter = (uint)((4 * (2 + (i / Philox.Group))) + (i % 4));
            var (a, b, c, d) = Philox.Block((counter, 0, 5, 3), 7, 0);
            uint[] words = [a, b, c, d];
            Assert.Equal((words[i % Philox.Group / 4] + 0.5) / 4294967296.0, uniforms[i]);
        }
    }
}
