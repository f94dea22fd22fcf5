using System.Numerics;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;
using Xunit;

namespace Headrace.Benchop.Tests.Numerics;

public sealed class ComplexLanesTests
{
    [Fact]
    public void Every_operation_agrees_with_the_framework_s_complex_numbers()
    {
        const int Seed = 11;
        var random = new Random(Seed);
        for (var i = 0; i < 20_000; i++)
        {
            var a = Any();
            var b = Any();
            var x = Lanes(a);
            var y = Lanes(b);

            Agree(a * b, x * y, "*");
            Agree(a / b, x / y, "/");
            Agree(Complex.Sqrt(a), ComplexLanes.Sqrt(x), "sqrt");
            Agree(Complex.Log(a), ComplexLanes.Log(x), "log");
            Agree(
                Complex.Exp(a / (1 + Complex.Abs(a)) * 20),
                ComplexLanes.Exp(Lanes(a / (1 + Complex.Abs(a)) * 20)),
                "exp"
            );

            void Agree(Complex expected, ComplexLanes actual, string what)
            {
                var got = new Complex(actual.Re[2], actual.Im[2]);
                Assert.True(
                    Complex.Abs(got - expected) <= 4e-15 * Math.Max(Complex.Abs(expected), 1e-3),
                    $"seed {Seed}: {what} of {a}, {b} gave {got}, not {expected}"
                );
            }
        }

        Complex Any() =>
            Complex.FromPolarCoordinates(Math.Exp(10 * (random.NextDouble() - 0.5)), 2 * Math.PI * random.NextDouble());

        static ComplexLanes Lanes(Complex z) => new(Vector256.Create(z.Real), Vector256.Create(z.Imaginary));
    }

    [Theory]
    [InlineData(1.0, 0.0)]
    [InlineData(-1.0, 0.0)]
    [InlineData(0.0, 1.0)]
    [InlineData(0.0, -2.0)]
    [InlineData(-3.0, -1e-300)]
    public void Axes_keep_the_principal_branch(double re, double im)
    {
        var z = new ComplexLanes(Vector256.Create(re), Vector256.Create(im));

        Assert.Equal(Math.Atan2(im, re), ComplexLanes.Log(z).Im[0], 1e-15);
        Assert.True(ComplexLanes.Sqrt(z).Re[0] >= 0);
    }
}
