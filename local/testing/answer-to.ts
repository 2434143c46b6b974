import { request } from 'node:http';

/** Status and body of a GET with this `Host`, which `fetch` does not let one choose. */
export const answerTo = (url: string, host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      let text = `${String(response.statusCode)} `;
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        resolve(text);
      });
    })
      .once('error', reject)
      .end();
  });
