using System.Numerics;
using Headrace.Apps.Benchop.Numerics;
using Xunit;

namespace Headrace.Benchop.Tests.Numerics;

public sealed class FftTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(512)]
    public void The_fast_transform_is_the_plain_sum(int size)
    {
        const int Seed = 7;
        var random = new Random(Seed);
        double[] re = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5)];
        double[] im = [.. Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5)];
        var expected = new Complex[size];
        for (var m = 0; m < size; m++)
            for (var j = 0; j < size; j++)
            {
                var angle = -2 * Math.PI * ((long)j * m % size) / size;
                expected[m] += new Complex(re[j], im[j]) * Complex.FromPolarCoordinates(1, angle);
            }

        Fft.Of(size).Transform(re, im, new double[size], new double[size]);

        for (var m = 0; m < size; m++)
            Assert.True(Complex.Abs(new Complex(re[m], im[m]) - expected[m]) < 1e-13 * size, $"seed {Seed}, bin {m}");
    }

    [Theory]
    [InlineData(12)]
    [InlineData(4)]
    public void Sizes_that_are_no_power_of_two_are_refused(int size)
    {
        Assert.Throws<ArgumentException>(() => Fft.Of(size));
    }
}
