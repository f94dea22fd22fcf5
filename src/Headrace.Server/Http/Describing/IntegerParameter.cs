using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http.Describing;

/// <summary>
/// A query parameter that is a whole number with a minimum and a maximum. If it is absent, the value is
/// <paramref name="Default"/>.
/// </summary>
internal sealed record IntegerParameter(string Name, int Minimum, int Maximum, int Default, string Description)
    : ParameterDescription(ParameterSource.Query, Name, Description)
{
    public Result<int> Read(HttpRequest request)
    {
        if (!request.Query.TryGetValue(Name, out var given))
            return Default;
        return Read(given.ToString());
    }

    public Result<int> Read(string text) =>
        WholeNumber.TryRead(text, Minimum, Maximum, out var number)
            ? (int)number
            : Problem.BadRequest(
                $"{Name}={QuotedText.Clip(text)} is not valid. Use a whole number from {Minimum} to {Maximum}."
            );
}
