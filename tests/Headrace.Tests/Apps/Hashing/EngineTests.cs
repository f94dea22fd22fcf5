using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Headrace.Apps.Sha512.Engine;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Apps.Hashing;

/// <summary>
/// The tests that every kernel must pass. <see cref="KernelPathTests"/> runs them again in processes where wide vector
/// instructions are disabled.
/// </summary>
public sealed class EngineTests
{
    public static TheoryData<int> Kernels => [.. Enumerable.Range(0, Kernel.All.Count)];

    [Fact]
    public void The_kernel_is_the_widest_that_this_process_may_use()
    {
        var expected = Environment.GetEnvironmentVariable(KernelPathTests.Expected);

        if (expected is not null)
            Assert.Equal(expected, Kernel.Best.Description);
        if (Environment.GetEnvironmentVariable("DOTNET_EnableAVX512") == "0")
            Assert.False(Vector512.IsHardwareAccelerated || Avx512F.IsSupported);
        if (Environment.GetEnvironmentVariable("DOTNET_EnableAVX2") == "0")
            Assert.False(Vector256.IsHardwareAccelerated || Avx2.IsSupported);
        if (Environment.GetEnvironmentVariable("DOTNET_EnableHWIntrinsic") == "0")
            Assert.False(Vector256.IsHardwareAccelerated || X86Base.IsSupported);
        Assert.Equal(
            Avx512F.IsSupported ? 16
                : Avx2.IsSupported ? 4
                : 1,
            Kernel.Best.Lanes
        );
    }

    [Fact]
    public void The_constants_are_the_roots_of_the_first_primes()
    {
        var primes = Enumerable
            .Range(2, 500)
            .Where(n => Enumerable.Range(2, n - 2).All(d => n % d != 0))
            .Take(80)
            .ToList();

        Assert.Equal(primes.Select(p => Fraction(p, 3)), Sha512Constants.OfRound.ToArray());
        Assert.Equal(primes.Take(8).Select(p => Fraction(p, 2)), Sha512Constants.Initial.ToArray());
    }

    // Test vectors published with FIPS 180-4, including the long message of one million letters.
    [Theory]
    [InlineData(
        "",
        1,
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
    )]
    [InlineData(
        "abc",
        1,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    )]
    [InlineData(
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
            + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        1,
        "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
            + "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"
    )]
    [InlineData(
        "a",
        1_000_000,
        "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
            + "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"
    )]
    public void Every_kernel_gives_the_published_digests(string text, int times, string digest)
    {
        var payload = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, times)));
        foreach (var kernel in Kernel.All)
        {
            using var engine = new HashEngine<Item>(kernel);
            var source = new ItemSource();
            for (var number = 0; number < 17; number++)
                source.Waiting.Enqueue(new Item(number, payload, 1));

            source.RunAll(engine);

            Assert.Equal(17, source.Digests.Count);
            Assert.All(source.Digests.Values, found => Assert.Equal(digest, Convert.ToHexStringLower(found)));
        }
    }

    [Fact]
    public void Every_length_around_the_padding_of_two_blocks_is_right_on_every_kernel()
    {
        foreach (var kernel in Kernel.All)
        {
            using var engine = new HashEngine<Item>(kernel);
            var source = new ItemSource();
            var items = Enumerable
                .Range(0, 300)
                .Select(length => new Item(
                    length,
                    [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))],
                    1 + (length % 3)
                ))
                .ToList();
            items.ForEach(source.Waiting.Enqueue);

            source.RunAll(engine);

            Check(items, source);
        }
    }

    [Fact]
    public void Ten_thousand_items_of_any_length_and_count_have_the_digests_of_the_framework()
    {
        var (random, _) = Seeded();
        var items = Enumerable.Range(0, 10_000).Select(number => Item.Random(random, number)).ToList();
        using var engine = new HashEngine<Item>(Kernel.Best);
        var source = new ItemSource();
        items.ForEach(source.Waiting.Enqueue);

        source.RunAll(engine);

        Check(items, source);
        // Shows that free lanes are refilled. Without refilling, half the lanes of a 16-lane kernel would be idle,
        // because the number of hashes per item ranges from 1 to 2,000.
        if (Kernel.Best.Lanes > 1)
            Assert.InRange((double)engine.Used / engine.Room, 0.97, 1);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void In_any_order_of_arrivals_completions_and_cancellations_each_item_gets_its_own_digest(int which)
    {
        var (random, seed) = Seeded();
        for (var round = 0; round < 15; round++)
        {
            using var engine = new HashEngine<Item>(Kernel.All[which]);
            var source = new ItemSource();
            var items = Enumerable.Range(0, 60).Select(number => Item.Random(random, number, 5_000, 2_000)).ToList();
            var dropped = new HashSet<int>();
            var next = 0;
            while (next < items.Count || source.Waiting.Count > 0 || engine.Live > 0)
            {
                for (var arrivals = random.Next(1 + random.Next(40)); arrivals > 0 && next < items.Count; arrivals--)
                    source.Waiting.Enqueue(items[next++]);
                engine.Run(source);
                engine.Look(
                    (item, part) =>
                    {
                        Assert.InRange(part, 0, 1);
                        return random.Next(5) > 0 || !dropped.Add(item.Number);
                    }
                );
            }

            Assert.True(
                source.Digests.Keys.ToHashSet().SetEquals(items.Select(item => item.Number).Except(dropped)),
                $"seed {seed}, round {round}"
            );
            Check([.. items.Where(item => !dropped.Contains(item.Number))], source);
        }
    }

    [Fact]
    public void A_long_item_keeps_its_lane_and_shows_its_progress_slice_by_slice()
    {
        using var engine = new HashEngine<Item>(Kernel.Best);
        var source = new ItemSource();
        source.Waiting.Enqueue(new Item(1, [1], 1_000_000_000));
        var seen = new List<double>();

        for (var slice = 0; slice < 3; slice++)
        {
            engine.Run(source);
            engine.Look(
                (_, part) =>
                {
                    seen.Add(part);
                    return true;
                }
            );
        }
        engine.Look((_, _) => false);

        Assert.Equal(3, seen.Distinct().Count());
        Assert.Equal(seen.Order(), seen);
        Assert.Equal((0, 0), (engine.Live, source.Digests.Count));
    }

    private static void Check(List<Item> items, ItemSource source)
    {
        Assert.Equal(items.Count, source.Digests.Count);
        foreach (var item in items)
            Assert.True(
                source.Digests[item.Number].AsSpan().SequenceEqual(item.Expected()),
                $"item {item.Number} of {item.Payload.Length} bytes and {item.Hashes} hashes"
            );
    }

    private static (Random Random, int Seed) Seeded()
    {
        var seed = RandomSeed.First;
        return (RandomSeed.Print(seed), seed);
    }

    /// <summary>
    /// Returns the first 64 fractional bits of the square root (degree 2) or cube root (degree 3) of a prime.
    /// </summary>
    private static ulong Fraction(int prime, int degree)
    {
        // Finds the integer root of prime · 2^(64·degree) by bisection.
        var target = new BigInteger(prime) << (64 * degree);
        var (low, high) = (BigInteger.Zero, BigInteger.One << 80);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (BigInteger.Pow(middle, degree) <= target)
                low = middle;
            else
                high = middle;
        }
        return (ulong)(low & ulong.MaxValue);
    }
}
