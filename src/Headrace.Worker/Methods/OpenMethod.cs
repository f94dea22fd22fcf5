using Headrace.Core;
using Headrace.Worker.Exchange;

namespace Headrace.Worker.Methods;

/// <summary>
/// A method that has many jobs in hand: its <c>read</c> makes an input of one job, with parameters bound and checked as
/// for any method.
/// </summary>
internal abstract class OpenMethod<TInput>(MethodRef name, Delegate read) : Method(name, read, typeof(TInput))
{
    /// <summary>
    /// Throws what <c>read</c> throws, and <see cref="JobRejectedException"/> for parameters that do not fit.
    /// </summary>
    public TInput Read(Attempt attempt) => (TInput)Call(attempt)!;
}
